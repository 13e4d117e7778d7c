import { expect, it } from 'vitest'
import { hrefs, parseRoute } from './route'

it.each([
  ['', 'chat'],
  ['#/', 'chat'],
  [hrefs.chat, 'chat'],
  [hrefs.models, 'models'],
  ['#/models/', 'models'],
  ['#/models?add', 'models'],
  ['#/modelsuite', 'chat'],
  ['#/no-such-page', 'chat'],
] as const)('%j shows %s', (hash, route) => expect(parseRoute(hash)).toBe(route))

import { describe, expect, it } from 'vitest'
import { failure } from '../engine/testing/memory-source'
import { allows, withinPolicy } from './connect-sources'

const origin = 'https://alcove.example'

describe('allows', () => {
  const sources = ["'self'", 'https://huggingface.co', 'https://*.hf.co', 'http://127.0.0.1:8080']

  it.each([
    [`${origin}/models/gpt-oss-mini/config.json`, true],
    ['https://huggingface.co/openai/gpt-oss-20b/resolve/main/config.json', true],
    ['https://cas-bridge.xethub.hf.co/x?signature=1', true],
    ['http://127.0.0.1:8080/v1/models', true],
    ['http://127.0.0.1:8081/v1/models', false],
    ['http://huggingface.co/', false],
    ['https://huggingface.co.evil.example/', false],
    ['https://evilhf.co/', false],
    ['https://hf.co/', false],
    ['https://x.hf.co:444/', false],
    ['http://x.hf.co/', false],
    ['wss://huggingface.co/', false],
    ['no address', false],
  ])('%s: %s', (address, expected) => {
    expect(allows(sources, address, origin)).toBe(expected)
  })

  it('nothing where the policy says none', () => {
    expect(allows(["'none'"], `${origin}/`, origin)).toBe(false)
  })
})

describe('withinPolicy', () => {
  const asked: string[] = []
  const fetch = withinPolicy(
    async (request) => {
      asked.push(String(request))
      return new Response('')
    },
    ["'self'"],
    origin,
  )

  it('asks whom the policy allows', async () => {
    await fetch('/models/config.json')
    await fetch(new URL('/a', origin))
    expect(asked).toEqual(['/models/config.json', `${origin}/a`])
  })

  it('names whom it does not, without asking', async () => {
    const asked = fetch('https://huggingface.co/openai/gpt-oss-20b/resolve/main/config.json')
    expect(await failure(asked)).toEqual({
      code: 'host-not-allowed',
      origin: 'https://huggingface.co',
    })
  })
})

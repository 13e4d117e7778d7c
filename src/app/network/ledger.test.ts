import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import type { NetworkRecord } from '../../network/records'
import { buildHash, ledgerJson, linesOf, summaryOf } from './ledger'

const record = (at: number, change: Partial<NetworkRecord> = {}): NetworkRecord => ({
  at,
  by: 'worker',
  kind: 'fetch',
  url: 'https://huggingface.co/model.safetensors',
  outcome: 'network',
  ...change,
})

const records = [
  record(1, { bytes: 100 }),
  record(2, { by: 'page', kind: 'script', url: 'https://alcove.example/index.js' }),
  record(3, { bytes: 50 }),
  record(4, { kind: 'connect-src', url: 'https://evil.example/', outcome: 'blocked' }),
  record(5, { url: 'https://alcove.example/cached', outcome: 'service worker' }),
]

it('has one line for equal requests, the newest first', () => {
  const lines = linesOf(records)
  expect(lines.map(({ url, count }) => [url, count])).toEqual([
    ['https://alcove.example/cached', 1],
    ['https://evil.example/', 1],
    ['https://huggingface.co/model.safetensors', 2],
    ['https://alcove.example/index.js', 1],
  ])
  expect(lines[2]).toMatchObject({ at: 1, lastAt: 3, bytes: 150 })
  expect(records[0]?.bytes).toBe(100)
})

it('sums up what left the page and where to', () => {
  expect(summaryOf(records, 'https://alcove.example')).toEqual({
    sent: 3,
    blocked: 1,
    strangers: ['huggingface.co'],
  })
})

it('names a build by what sha256sum says of its files', async () => {
  const files = [
    { path: 'assets/index.js', sha256: 'ab'.repeat(32) },
    { path: 'index.html', sha256: 'cd'.repeat(32) },
  ]
  const text = `${'ab'.repeat(32)}  assets/index.js\n${'cd'.repeat(32)}  index.html\n`
  expect(await buildHash(files)).toBe(createHash('sha256').update(text).digest('hex'))
  expect(await buildHash([])).toBeUndefined()
})

it('counts no attempt as sent that was blocked, and every other without an answer', () => {
  const attempts = [
    record(1, { kind: 'img', url: 'https://evil.example/pixel.png', outcome: 'no answer' }),
    record(2, { kind: 'img-src', url: 'https://evil.example/pixel.png', outcome: 'blocked' }),
    record(3, { kind: 'iframe', url: 'https://evil.example/', outcome: 'no answer' }),
    record(4, { kind: 'frame-src', url: 'https://evil.example', outcome: 'blocked' }),
    record(5, { url: 'https://silent.example/', outcome: 'no answer' }),
  ]
  expect(linesOf(attempts)).toHaveLength(3)
  expect(summaryOf(attempts, 'https://alcove.example')).toEqual({
    sent: 1,
    blocked: 2,
    strangers: ['silent.example'],
  })
})

it('is exported whole', () => {
  const page = {
    address: 'https://alcove.example/',
    openedAt: 0,
    isSealed: true,
    connectSources: ["'none'"],
  }
  const identity = { files: [], build: undefined, model: 'gpt-oss-mini', weights: 'ef' }
  expect(JSON.parse(ledgerJson(page, identity, records))).toMatchObject({
    format: 'alcove-network',
    version: 1,
    isSealed: true,
    weights: 'ef',
    records,
  })
})

import { createDeflateRaw } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32, deflate, fromBase64Url, toBase64Url } from './bytes'
import { decodeShare, encodeShare } from './codec'
import { type Refusal, refusalText, ShareRefused } from './refusal'
import type { Share } from './share'

const share: Share = {
  title: 'Grüße 👋',
  messages: [
    {
      role: 'user',
      content: 'What is in it?\n'.repeat(20),
      attachments: [{ name: 'a.csv', mediaType: 'text/csv', text: 'a,b\n1,2' }],
      context: { messages: 4, tokens: 900, summary: 'We spoke of Paris.' },
    },
    {
      role: 'assistant',
      model: 'gpt-oss-20b',
      effort: 'high',
      temperature: 0.7,
      instructions: 'Be brief.',
      sampling: { temperature: 0.7, stop: ['END'] },
      reasoning: 'They ask about the file.',
      commentary: 'Let me look.',
      content: 'Two columns.',
      finishReason: 'stop',
      run: {
        weightHash: 'ab'.repeat(32),
        kernels: { 'dense tile': 'workgroup memory', attention: 'subgroups' },
        date: '2026-02-28',
        promptHash: '01'.repeat(32),
        sampling: { temperature: 0.7, stop: ['END'], seed: 4_294_967_295 },
        tokens: 'AAAAABAAC',
        reasoningTokens: 2,
      },
    },
    { role: 'user', content: 'Thanks' },
    {
      role: 'assistant',
      model: 'gpt-oss-20b',
      effort: 'low',
      temperature: 1,
      content: 'Gladly.',
      edited: true,
      noReplay: 'edited',
    },
  ],
}

async function refusalOf(work: Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof ShareRefused) return error.refusal
    throw error
  }
}

const opened = async (code: string) => {
  const found = await decodeShare(code)
  return 'share' in found ? found.share : undefined
}

/** A text with a sound header around a body that anybody may have made. */
function enveloped(body: Uint8Array, { version = 2, kind = 0, length = body.length } = {}): string {
  const bytes = new Uint8Array(10 + body.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(4, length)
  view.setUint8(8, version)
  view.setUint8(9, kind)
  bytes.set(body, 10)
  view.setUint32(0, crc32(bytes.subarray(4)))
  return toBase64Url(bytes)
}

const ofJson = async (json: string) => enveloped(await deflate(new TextEncoder().encode(json)))

/** What this process has computed so far, whatever else the machine is busy with. */
function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** DEFLATE of so many equal bytes, made without holding them. */
async function bomb(byte: number, count: number): Promise<Uint8Array> {
  const stream = createDeflateRaw({ level: 9 })
  const part = Buffer.alloc(1_000_000, byte)
  for (let done = 0; done < count; done += part.length) stream.write(part)
  stream.end()
  const parts: Uint8Array[] = []
  for await (const some of stream) parts.push(some as Uint8Array)
  return Buffer.concat(parts)
}

describe('a share', () => {
  it('comes back as it was', async () => {
    const code = await encodeShare(share)
    expect(code).toMatch(/^[\w-]+$/)
    expect(await opened(code)).toEqual(share)
  })

  it('comes back where it is a prompt alone', async () => {
    const prompt: Share = {
      title: 'Try it',
      messages: [{ role: 'user', content: 'What is 2 + 3?' }],
      ask: { effort: 'low', instructions: 'Be brief.', sampling: { seed: 7 } },
    }
    expect(await opened(await encodeShare(prompt))).toEqual(prompt)
  })

  it('needs its passphrase, however the letters are composed, and no other', async () => {
    const code = await encodeShare(share, 'é passphrase')
    const found = await decodeShare(code)
    if ('share' in found) throw new Error('it opened without a passphrase')
    expect(await found.unlock('e\u0301 passphrase')).toEqual(share)
    expect(await refusalOf(found.unlock('e passphrase'))).toEqual({ code: 'wrong-passphrase' })
    // Neither its header nor its text says anything.
    expect(Buffer.from(fromBase64Url(code)).toString('latin1')).not.toContain('Paris')
    expect(await encodeShare(share, 'é passphrase')).not.toBe(code)
  })

  it('has a header that is authenticated', async () => {
    const bytes = fromBase64Url(await encodeShare(share, 'secret'))
    const body = bytes.subarray(10)
    const found = await decodeShare(enveloped(new Uint8Array([...body, 0]), { kind: 1 }))
    if ('share' in found) throw new Error('it opened without a passphrase')
    expect(await refusalOf(found.unlock('secret'))).toEqual({ code: 'wrong-passphrase' })
  })
})

describe('what is no share', () => {
  it.each(['', '#', 'x', 'AAAA', 'not a share', '<script>', 'AAAAAAAAAAAAAAAA', '%00'])(
    'is refused: %j',
    async (code) => {
      expect(await refusalOf(decodeShare(code))).toBeDefined()
    },
  )

  it('is read where an earlier version wrote it', async () => {
    const body = fromBase64Url(await encodeShare(share)).slice(10)
    expect(await opened(enveloped(body, { version: 1 }))).toEqual(share)
  })

  it('is told from what was cut off, changed, and made by a later version', async () => {
    const code = await encodeShare(share)
    for (let length = 1; length < code.length; length += 17)
      expect(await refusalOf(decodeShare(code.slice(0, length))), `${length} signs`).toEqual({
        code: 'cut-off',
      })
    const sign = code[40] === 'A' ? 'B' : 'A'
    const changed = code.slice(0, 40) + sign + code.slice(41)
    expect(await refusalOf(decodeShare(changed))).toEqual({ code: 'damaged' })
    expect(await refusalOf(decodeShare(`${code}AAAA`))).toEqual({ code: 'damaged' })
    expect(await refusalOf(decodeShare(enveloped(new Uint8Array(3), { version: 3 })))).toEqual({
      code: 'newer-version',
    })
    expect(await refusalOf(decodeShare(enveloped(new Uint8Array(3), { kind: 2 })))).toEqual({
      code: 'damaged',
    })
    expect(await refusalOf(decodeShare('A'.repeat(1_000_001)))).toEqual({ code: 'too-large' })
  })

  it.each(['[', '"'])('is not unpacked beyond the limit: %s', async (sign) => {
    const code = enveloped(await bomb(sign.charCodeAt(0), 100_000_000))
    const began = processorMs()
    expect(await refusalOf(decodeShare(code))).toEqual({ code: 'too-large' })
    expect(processorMs() - began).toBeLessThan(1000)
  })

  it.each([
    ['too deep', '['.repeat(20_000)],
    ['too many values', `[${'1,'.repeat(400_000)}1]`],
    ['too many keys', `{${'"a":1,'.repeat(200_000)}"a":1}`],
  ])('is not parsed where it is %s', async (_, json) => {
    expect(await refusalOf(decodeShare(await ofJson(json)))).toEqual({ code: 'too-large' })
  })

  const json = JSON.stringify(share)
  it.each([
    ['a key more', json.replace('"title"', '"more":1,"title"'), 'share.more'],
    ['a prototype key', json.replace('"title"', '"__proto__":{},"title"'), 'share.__proto__'],
    ['a constructor', json.replace('"title"', '"constructor":{},"title"'), 'share.constructor'],
    ['no title', json.replace('"title"', '"other"'), 'share.other'],
    ['no messages', '{"title":"a","messages":[]}', 'share.messages'],
    ['a list', '[]', 'share'],
    ['null', 'null', 'share'],
    ['two questions in a row', json.replace('"assistant"', '"user"'), 'share.messages[1].model'],
    ['a number for text', json.replace('"Thanks"', '7'), 'share.messages[2].content'],
    ['an effort of its own', json.replace('"high"', '"huge"'), 'share.messages[1].effort'],
    ['a temperature of 1e999', json.replace('0.7', '1e999'), 'share.messages[1].temperature'],
    [
      'a sampling out of range',
      json.replace('"sampling":{"temperature":0.7', '"sampling":{"temperature":7'),
      'share.messages[1].sampling',
    ],
    ['tokens that are none', json.replace('AAAAABAAC', 'AAAAABAA!'), 'share.messages[1].run'],
    [
      'kernels that are a text',
      json.replace(/"kernels":\{[^}]*\}/, '"kernels":"all"'),
      'share.messages[1].run',
    ],
    [
      'a kernel whose variant is no text',
      json.replace('"subgroups"', '{"length":1}'),
      'share.messages[1].run',
    ],
    [
      'a kernel with an endless name',
      json.replace('"subgroups"', `"${'x'.repeat(65)}"`),
      'share.messages[1].run',
    ],
    [
      'more kernels than there are',
      json.replace(
        '"subgroups"',
        `"subgroups",${Array.from({ length: 31 }, (_, i) => `"${i}":""`).join()}`,
      ),
      'share.messages[1].run',
    ],
    [
      'more reasoning than tokens',
      json.replace('"reasoningTokens":2', '"reasoningTokens":4'),
      'share.messages[1].run.reasoningTokens',
    ],
    [
      'a run of no tokens',
      json.replace('"AAAAABAAC"', '""').replace(/"reasoning":"[^"]*",/, ''),
      'share.messages[1].run.tokens',
    ],
    [
      'a file whose name turns the text around it',
      json.replace('a.csv', '\u202ea.csv'),
      'share.messages[0].attachments[0].name',
    ],
    [
      'a model whose name breaks the line',
      json.replace('gpt-oss-20b', 'gpt-oss-20b\\nThe same model is loaded here'),
      'share.messages[1].model',
    ],
    [
      'a prototype key in a list of sampling',
      json.replace('"seed"', '"__proto__":{"a":1},"seed"'),
      'share.messages[1].run',
    ],
  ])('is refused for %s', async (_, text, field) => {
    expect(text).not.toBe(json)
    expect(await refusalOf(decodeShare(await ofJson(text)))).toEqual({ code: 'invalid', field })
  })

  it('is damaged where it is no JSON, no UTF-8 or no DEFLATE', async () => {
    const bodies = [
      await deflate(new TextEncoder().encode('{"title":')),
      await deflate(Uint8Array.of(0x22, 0xff, 0x22)),
      Uint8Array.of(1, 2, 3, 4),
      new Uint8Array(0),
    ]
    for (const body of bodies)
      expect(await refusalOf(decodeShare(enveloped(body)))).toEqual({ code: 'damaged' })
  })
})

describe('10,000 mutations of a share', () => {
  const flipped = (code: string, bits: readonly number[]) => {
    const bytes = fromBase64Url(code)
    for (const bit of bits) {
      const at = Math.floor(bit / 8) % bytes.length
      bytes[at] = (bytes[at] as number) ^ (1 << (bit % 8))
    }
    return toBase64Url(bytes)
  }
  /** With a header that fits again, as an attacker would make it. */
  const mended = (code: string) => {
    const bytes = fromBase64Url(code)
    return enveloped(bytes.subarray(10), { kind: (bytes[9] ?? 0) % 2 })
  }

  it('open, or end in a clear message within a second', async () => {
    const codes = [await encodeShare(share), await encodeShare(share, 'secret')]
    const json = JSON.stringify(share)
    const bits = fc.array(fc.nat({ max: 100_000 }), { minLength: 1, maxLength: 8 })
    const place = fc.nat({ max: json.length })
    const mutated = fc.oneof(
      fc.tuple(fc.constantFrom(...codes), bits).map(([code, at]) => flipped(code, at)),
      fc.tuple(fc.constantFrom(...codes), bits).map(([code, at]) => mended(flipped(code, at))),
      fc.tuple(fc.constantFrom(...codes), place).map(([code, at]) => code.slice(0, at)),
      fc.tuple(fc.constantFrom(...codes), fc.string()).map(([code, more]) => code + more),
      fc.tuple(fc.constantFrom(...codes), fc.constantFrom(...codes)).map(([a, b]) => a + b),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.uint8Array({ maxLength: 300 }).map((body) => enveloped(body)),
      // JSON that was meant, with something else in it.
      fc
        .tuple(
          place,
          place,
          fc.oneof(fc.json(), fc.constantFrom('__proto__', '"', '[[[[', '\u0000')),
        )
        .map(([from, length, text]) =>
          ofJson(json.slice(0, from) + text + json.slice(from + (length % 30))),
        ),
      fc.json().map(ofJson),
    )
    let refused = 0
    let slowestMs = 0
    await fc.assert(
      fc.asyncProperty(mutated, async (mutation) => {
        const code = await mutation
        const began = processorMs()
        const refusal = await refusalOf(decodeShare(code))
        slowestMs = Math.max(slowestMs, processorMs() - began)
        if (refusal === undefined) return
        refused++
        expect(refusalText(refusal)).toMatch(/\w.*[.]$/s)
      }),
      { numRuns: 10_000 },
    )
    expect(refused).toBeGreaterThan(7000)
    expect(slowestMs).toBeLessThan(1000)
    expect(({} as Record<string, unknown>).a).toBeUndefined()
  }, 60_000)
})

import { describe, expect, it } from 'vitest'
import { EngineError } from '../errors'
import { readJson } from '../testing/golden'
import { gptOssTokenizer, harmonyGoldenFolder, miniTokenizer } from '../testing/tokenizers'
import { type MessageJson, parseRequest, writeMessage } from './json'
import { HarmonyParser, type ParserEvent } from './parser'

interface ParseCase {
  name: string
  ids: number[]
  role: string | null
  strict: boolean
  messages?: MessageJson[]
  error?: string
}

const cases = readJson<ParseCase[]>(new URL('parse.json', harmonyGoldenFolder))
const tokenizer = gptOssTokenizer()

/** Ids of text in which special tokens are written by name. */
const idsOf = (text: string) =>
  text.split(/(<\|\w+\|>)/).flatMap((part) => tokenizer.specialId(part) ?? tokenizer.encode(part))

/** What the tolerant parser makes of a generated turn. */
function parseTurn(ids: readonly number[]) {
  const parser = new HarmonyParser(tokenizer, { mode: 'tolerant', role: 'assistant' })
  const events = [...ids.flatMap((id) => parser.push(id)), ...parser.finish()]
  return { messages: parser.messages.map(writeMessage), repairs: parser.repairs, events }
}

describe('the parser as the library has it', () => {
  it.each(cases.filter(({ error }) => !error))('reads $name', (c) => {
    expect(parseRequest(c, tokenizer)).toEqual({ messages: c.messages })
  })

  it.each(cases.filter(({ error }) => error))('refuses $name', (c) => {
    expect(() => parseRequest(c, tokenizer)).toThrow(EngineError)
  })

  it.each([
    { what: 'no object', request: null, problem: 'the request is not an object' },
    { what: 'no ids', request: {}, problem: 'ids is not an array' },
    { what: 'a fractional id', request: { ids: [1, 0.5] }, problem: 'ids[1] is not the id' },
    { what: 'an id without a token', request: { ids: [201087] }, problem: 'ids[0] is not the id' },
    { what: 'an unknown role', request: { ids: [], role: 'robot' }, problem: 'role is not system' },
    {
      what: 'a header without a role',
      request: { ids: idsOf('<|start|><|message|>') },
      problem: 'has no role',
    },
    {
      what: 'an unknown role in a header',
      request: { ids: idsOf('<|start|>robot<|message|>') },
      problem: 'unknown role "robot"',
    },
    {
      what: 'half a character in a header',
      request: {
        ids: [...idsOf('<|start|>assistant'), tokenizer.encode('💖')[0], ...idsOf('<|message|>')],
      },
      problem: 'not UTF-8',
    },
  ])('refuses $what', ({ request, problem }) => {
    expect(() => parseRequest(request, tokenizer)).toThrow(
      expect.objectContaining({
        data: { code: 'request-invalid', problem: expect.stringContaining(problem) },
      }),
    )
  })

  it('gives up, when lenient, a header without a role', () => {
    const ids = idsOf('<|start|>assistant<|channel|>final hi<|end|>')
    expect(parseRequest({ ids, strict: false }, tokenizer)).toEqual({ messages: [] })
  })

  it('takes <|endoftext|> for text', () => {
    const ids = idsOf('<|channel|>final<|message|>a<|endoftext|>b<|end|>')
    expect(parseRequest({ ids, role: 'assistant' }, tokenizer).messages[0]?.content).toBe(
      'a<|endoftext|>b',
    )
  })
})

describe('the tolerant parser', () => {
  it.each(cases.filter(({ role, strict, error }) => role === 'assistant' && strict && !error))(
    'reads sound output like the library, mending nothing but a missing channel: $name',
    (c) => {
      const { messages, repairs } = parseTurn(c.ids)
      expect(messages).toEqual(c.messages)
      expect(repairs).toEqual(c.name === 'no_channel' ? ['a message had no channel'] : [])
    },
  )

  const call = {
    role: 'assistant',
    recipient: 'functions.f',
    channel: 'commentary',
    content: '{"a":1}',
  }
  const constrained = { ...call, content_type: '<|constrain|>json' }
  const plainType = { ...call, content_type: 'json' }
  const final = (content: string) => ({ role: 'assistant', channel: 'final', content })
  const analysis = (content: string) => ({ role: 'assistant', channel: 'analysis', content })
  const plain = (content: string) => ({ role: 'assistant', content })

  it.each([
    // The recipient in another part.
    {
      output: '<|channel|>functions.f <|constrain|>json<|message|>{"a":1}<|call|>',
      messages: [constrained],
      repairs: [/channel "functions.f" as a recipient/, /moved a call of functions.f from no/],
    },
    {
      output: '<|channel|>commentary functions.f json<|message|>{"a":1}<|call|>',
      messages: [plainType],
      repairs: [/"to=" was missing before "functions.f"/],
    },
    {
      output: '<|channel|>commentary f json<|message|>{"a":1}<|call|>',
      messages: [{ ...plainType, recipient: 'f' }],
      repairs: [/"to=" was missing before "f"/],
    },
    {
      output:
        '<|channel|>analysis<|message|>x<|end|><|start|>functions.f<|channel|>commentary json<|message|>{"a":1}<|call|>',
      messages: [analysis('x'), plainType],
      repairs: [/role "functions.f" as a recipient/],
    },
    {
      output:
        '<|end|><|start|>assistantto=functions.f<|channel|>commentary<|message|>{"a":1}<|call|>',
      messages: [call],
      repairs: [/split "assistantto=functions.f" after its role/],
    },
    {
      output: '<|channel|>commentaryto=functions.f<|constrain|>json<|message|>{"a":1}<|call|>',
      messages: [constrained],
      repairs: [/split "commentaryto=functions.f" after its channel/],
    },
    {
      output: '<|channel|>commentary to= functions.f <|constrain|> json<|message|>{"a":1}<|call|>',
      messages: [constrained],
      repairs: [],
    },
    // A call on another channel, or closed as no call.
    {
      output: '<|channel|>analysis to=functions.f json<|message|>{"a":1}<|call|>',
      messages: [plainType],
      repairs: [/moved a call of functions.f from the analysis channel/],
    },
    {
      output: ' to=functions.f<|message|>{"a":1}<|call|>',
      messages: [call],
      repairs: [/moved a call of functions.f from no channel/],
    },
    {
      output: '<|channel|>commentary to=functions.f<|message|>{"a":1}<|end|>',
      messages: [call],
      repairs: [/a call of functions.f was closed by <\|end\|>/],
    },
    {
      output: '<|channel|>commentary<|message|>{"a":1}<|call|>',
      messages: [{ role: 'assistant', channel: 'commentary', content: '{"a":1}' }],
      repairs: [/without a recipient was closed by <\|call\|>/],
    },
    {
      output: '<|channel|>commentary to=functions.f <|constrain|>json{"a":1}<|call|>',
      messages: [constrained],
      repairs: [/no <\|message\|>/],
    },
    {
      output: ' to=functions.f<|channel|>commentary<|call|>',
      messages: [{ ...call, content: '' }],
      repairs: [/no <\|message\|>/],
    },
    // The channel.
    { output: '<|message|>hi<|return|>', messages: [plain('hi')], repairs: [/had no channel/] },
    {
      output: '<|channel|><|message|>hi<|return|>',
      messages: [plain('hi')],
      repairs: [/had no channel/],
    },
    {
      output: '<|channel|>Final<|message|>hi<|return|>',
      messages: [final('hi')],
      repairs: [/read the channel "Final" as final/],
    },
    {
      output: '<|channel|>thoughts<|message|>hi<|return|>',
      messages: [{ role: 'assistant', channel: 'thoughts', content: 'hi' }],
      repairs: [/unknown channel "thoughts"/],
    },
    {
      output: 'analysis<|message|>hm<|end|>',
      messages: [analysis('hm')],
      repairs: [/<\|channel\|> was missing/],
    },
    {
      output: '<|end|><|start|>assistantfinal<|message|>hi<|return|>',
      messages: [final('hi')],
      repairs: [/split "assistantfinal" after its role/, /<\|channel\|> was missing/],
    },
    {
      output: 'assistant<|channel|>final<|message|>hi<|return|>',
      messages: [final('hi')],
      repairs: [],
    },
    // Tokens between messages.
    {
      output:
        '<|channel|>analysis<|message|>hm<|start|>assistant<|channel|>final<|message|>hi<|return|>',
      messages: [analysis('hm'), final('hi')],
      repairs: [/not closed before <\|start\|>/],
    },
    {
      output: '<|channel|>analysis<|message|>hm<|channel|>final<|message|>hi<|return|>',
      messages: [analysis('hm'), final('hi')],
      repairs: [/not closed before <\|channel\|>/],
    },
    {
      output: '<|channel|>analysis<|message|>hm<|end|><|channel|>final<|message|>hi<|return|>',
      messages: [analysis('hm'), final('hi')],
      repairs: [/began without <\|start\|>/],
    },
    {
      output: '<|channel|>analysis<|message|>hm<|end|><|message|>more<|return|>',
      messages: [analysis('hm'), analysis('more')],
      repairs: [/began without <\|start\|>/, /no channel; assumed analysis/],
    },
    {
      output:
        '<|channel|>analysis<|message|>hm<|end|> so on<|start|>assistant<|channel|>final<|message|>hi<|return|>',
      messages: [analysis('hm'), analysis('so on'), final('hi')],
      repairs: [/began without <\|start\|>/, /no channel; assumed analysis/, /no <\|message\|>/],
    },
    {
      output: '<|channel|>final<|message|>hi<|end|><|return|>',
      messages: [final('hi')],
      repairs: [/left out <\|return\|> between/],
    },
    // <|message|> forgotten or repeated.
    {
      output:
        '<|channel|>analysis I must <refuse\n this<|end|><|start|>assistant<|channel|>final<|message|>Sorry.<|return|>',
      messages: [analysis('I must <refuse\n this'), final('Sorry.')],
      repairs: [/no <\|message\|>/],
    },
    {
      output: 'I must refuse<|end|>',
      messages: [plain('I must refuse')],
      repairs: [/had no channel/, /no <\|message\|>/],
    },
    { output: '<|channel|>final<|return|>', messages: [final('')], repairs: [/no <\|message\|>/] },
    {
      output: '<|channel|>final<|message|>a<|message|>b<|return|>',
      messages: [final('ab')],
      repairs: [/left out <\|message\|> in the content/],
    },
    {
      output: '<|channel|>final quite unexpected<|message|>hi<|return|>',
      messages: [final('hi')],
      repairs: [/left out "quite unexpected" in a message header/],
    },
    {
      output: '<|channel|>analysis a<|end|>',
      messages: [analysis('a')],
      repairs: [/no <\|message\|>/],
    },
    // The end of the output.
    { output: '', messages: [], repairs: [] },
    { output: '<|return|>', messages: [], repairs: [] },
    {
      output: '<|channel|>fin',
      messages: [],
      repairs: [/unfinished header "<\|channel\|>fin"/],
    },
    {
      output: '<|channel|>commentary to',
      messages: [],
      repairs: [/unfinished header "<\|channel\|>commentary to"/],
    },
    {
      output: '<|channel|>commentary to=functions.get_wea',
      messages: [],
      repairs: [/unfinished header "<\|channel\|>commentary to=functions.get_wea"/],
    },
    {
      output: '<|channel|>analysis I mu',
      messages: [analysis('I mu')],
      repairs: [/no <\|message\|>/],
    },
    { output: '<|channel|>final<|message|>hi<|endoftext|>', messages: [final('hi')], repairs: [] },
    // Somebody else's message.
    {
      output: '<|channel|>final<|message|>hi<|end|><|start|>user:bob<|message|>and?<|end|>',
      messages: [final('hi'), { role: 'user', name: 'bob', content: 'and?' }],
      repairs: [],
    },
    {
      output: '<|call|><|start|>functions.f to=assistant<|channel|>commentary<|message|>1<|end|>',
      messages: [
        {
          role: 'tool',
          name: 'functions.f',
          recipient: 'assistant',
          channel: 'commentary',
          content: '1',
        },
      ],
      repairs: [],
    },
  ])('mends $output', ({ output, messages, repairs }) => {
    const parsed = parseTurn(idsOf(output))
    expect(parsed.messages).toEqual(messages)
    expect(parsed.repairs).toEqual(repairs.map((repair) => expect.stringMatching(repair)))
  })

  it('streams the content of a message, tagged with its header, without half a character', () => {
    const { events } = parseTurn(idsOf('<|channel|>final<|message|>a 💖<|return|>'))
    const header = { role: 'assistant', channel: 'final' }
    expect(events).toEqual([
      { type: 'message-start', header },
      { type: 'delta', header, text: 'a' },
      { type: 'delta', header, text: ' ' },
      { type: 'delta', header, text: '💖' },
      {
        type: 'message-end',
        message: { ...header, content: [{ type: 'text', text: 'a 💖' }] },
        closedBy: '<|return|>',
      },
    ])
  })

  it('shows a long text whose <|message|> is missing before it ends', () => {
    const words = ' word'.repeat(500)
    const parser = new HarmonyParser(tokenizer, { mode: 'tolerant', role: 'assistant' })
    const events = idsOf(`<|channel|>final${words}`).flatMap((id) => parser.push(id))
    const shown = events.map((event) => (event.type === 'delta' ? event.text : '')).join('')
    expect(shown).toBe(words.trimStart())
    expect(parser.header).toEqual({ role: 'assistant', channel: 'final' })
  })

  it('loses no text, whatever tokens come', () => {
    for (let seed = 1; seed <= 3000; seed++) {
      const { ids, words } = randomOutput(seed)
      const { messages, repairs, events } = parseTurn(ids)
      const kept = JSON.stringify([messages, repairs])
      expect(words.filter((word) => !kept.includes(word))).toEqual([])
      expect(contentsOf(events)).toEqual(messages.map(({ content }) => content))
    }
  })

  it('takes any token of the vocabulary anywhere', () => {
    const next = random(7)
    for (let turn = 0; turn < 300; turn++) {
      const ids = Array.from({ length: 40 }, () =>
        next(3) === 0 ? 199998 + next(1090) : next(tokenizer.tokenCount),
      )
      const { messages, events } = parseTurn(ids)
      expect(contentsOf(events)).toEqual(messages.map(({ content }) => content))
    }
  })

  it('goes by the ids of its tokenizer', () => {
    const mini = miniTokenizer()
    const parser = new HarmonyParser(mini, { mode: 'tolerant', role: 'assistant' })
    const special = (name: string) => mini.requiredSpecialId(name)
    const ids = [special('<|channel|>'), ...mini.encode('final'), special('<|message|>')]
    for (const id of [...ids, ...mini.encode('4'), special('<|return|>')]) parser.push(id)
    expect(parser.messages.map(writeMessage)).toEqual([final('4')])
  })
})

/** The text that the events of each message add up to. */
function contentsOf(events: readonly ParserEvent[]): string[] {
  const contents: string[] = []
  let content = ''
  for (const event of events) {
    if (event.type === 'message-start') content = ''
    if (event.type === 'delta') content += event.text
    if (event.type === 'message-end') contents.push(content)
  }
  return contents
}

/** Special tokens, header words and numbered words in any order; the same for a seed. */
function randomOutput(seed: number): { ids: number[]; words: string[] } {
  const parts = [
    '<|start|>',
    '<|message|>',
    '<|channel|>',
    '<|constrain|>',
    '<|end|>',
    '<|call|>',
    '<|return|>',
    'assistant',
    'user',
    'analysis',
    'commentary',
    'final',
    ' to=functions.f',
    ' json',
    ' to=',
    ' ',
  ]
  const next = random(seed)
  const words: string[] = []
  let output = ''
  for (let i = 0; i < 16; i++) {
    if (next(3) === 0) {
      const word = `w${seed}x${i}`
      words.push(word)
      output += next(2) === 0 ? ` ${word}` : word
    } else {
      output += parts[next(parts.length)]
    }
  }
  return { ids: idsOf(output), words }
}

/** A generator of whole numbers below a bound. */
function random(seed: number): (bound: number) => number {
  let state = Math.imul(seed, 2654435761) >>> 0
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}

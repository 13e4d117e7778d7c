import { describe, expect, it } from 'vitest'
import { readJson, tinyFolder } from '../testing/golden'
import { failure, memorySource, tinyFiles } from '../testing/memory-source'
import { openCheckpoint } from '../weights/checkpoint'
import { type TensorEntry, TensorTable } from '../weights/tensor-table'
import { type ModelConfig, parseConfig } from './config'
import { bytesByFamily, checkTensors, expectedTensors, parameterCount } from './weights'

const tinyConfig = () => parseConfig(readJson(new URL('config.json', tinyFolder)))

/** The config of a published model; both share all but two numbers. */
const published = (numHiddenLayers: number, numLocalExperts: number): ModelConfig => ({
  ...tinyConfig(),
  numHiddenLayers,
  numLocalExperts,
  hiddenSize: 2880,
  intermediateSize: 2880,
  numAttentionHeads: 64,
  numKeyValueHeads: 8,
  vocabSize: 201_088,
})
const gptOss20b = published(24, 32)
const gptOss120b = published(36, 128)

const sum = (values: Iterable<number>) => Array.from(values).reduce((a, b) => a + b, 0)

describe.each([
  {
    name: 'gpt-oss-20b',
    config: gptOss20b,
    tensors: 459,
    parameters: 20_914_757_184,
    totalBytes: 13_761_264_768,
    expertBytes: 24 * (265_420_800 + 16_588_800 + 368_640 + 132_710_400 + 8_294_400 + 184_320),
  },
  {
    name: 'gpt-oss-120b',
    config: gptOss120b,
    tensors: 687,
    parameters: 116_829_156_672,
    totalBytes: 65_248_815_744,
    expertBytes: 36 * (1_061_683_200 + 66_355_200 + 1_474_560 + 530_841_600 + 33_177_600 + 737_280),
  },
])('the published numbers of $name', ({ config, tensors, parameters, totalBytes, expertBytes }) => {
  it('has its tensors', () => {
    expect(expectedTensors(config).size).toBe(tensors)
  })

  it('has its parameters', () => {
    expect(parameterCount(config)).toBe(parameters)
  })

  it('has its bytes, by family', () => {
    const bytes = bytesByFamily(config)
    expect(sum(Object.values(bytes))).toBe(totalBytes)
    expect(bytes.embedding).toBe(1_158_266_880)
    expect(bytes.head).toBe(1_158_266_880)
    expect(bytes.experts).toBe(expertBytes)
    expect(bytes.norms).toBe((2 * config.numHiddenLayers + 1) * 5760)
  })
})

describe('expectedTensors', () => {
  it('gives the shapes of a published layer', () => {
    const tensors = expectedTensors(gptOss20b)
    const shape = (name: string) => tensors.get(`model.layers.23.${name}`)?.shape
    expect(shape('self_attn.q_proj.weight')).toEqual([4096, 2880])
    expect(shape('self_attn.k_proj.bias')).toEqual([512])
    expect(shape('self_attn.o_proj.weight')).toEqual([2880, 4096])
    expect(shape('mlp.router.weight')).toEqual([32, 2880])
    expect(shape('mlp.experts.gate_up_proj_blocks')).toEqual([32, 5760, 90, 16])
    expect(shape('mlp.experts.down_proj_scales')).toEqual([32, 2880, 90])
  })

  it('does not mix up hidden and intermediate size', () => {
    const tensors = expectedTensors(tinyConfig()) // hidden 128, intermediate 96
    const shape = (name: string) => tensors.get(`model.layers.0.mlp.experts.${name}`)?.shape
    expect(shape('gate_up_proj_blocks')).toEqual([8, 192, 4, 16])
    expect(shape('down_proj_blocks')).toEqual([8, 128, 3, 16])
  })
})

describe('checkTensors', () => {
  const open = async () => (await openCheckpoint(memorySource(tinyFiles()))).tensors

  /** The real table with its entries changed. */
  async function changed(change: (entries: TensorEntry[]) => TensorEntry[]) {
    const table = await open()
    const entries = Array.from(table.names(), (name) => table.get(name))
    return new TensorTable(memorySource(new Map()), change(entries), table.listedIn)
  }
  const replacing = (name: string, fields: Partial<TensorEntry>) =>
    changed((entries) => entries.map((e) => (e.name === name ? { ...e, ...fields } : e)))

  it('finds all tensors of a sound checkpoint', async () => {
    checkTensors(tinyConfig(), await open())
  })

  it('names shard, tensor, found and expected shape', async () => {
    const table = await replacing('model.layers.1.self_attn.q_proj.weight', { shape: [128, 256] })
    expect(await failure(() => checkTensors(tinyConfig(), table))).toEqual({
      code: 'file-invalid',
      file: 'model-00000-of-00001.safetensors',
      problem:
        'tensor "model.layers.1.self_attn.q_proj.weight" is BF16 [128, 256], and config.json ' +
        'calls for BF16, F16, F32 or Q8_0 [256, 128]',
    })
  })

  it.each([
    ['lm_head.weight', 'F16'],
    ['lm_head.weight', 'F32'],
    ['lm_head.weight', 'Q8_0'],
    ['model.layers.0.mlp.router.weight', 'F32'],
    ['model.norm.weight', 'F32'],
    ['model.layers.1.mlp.experts.down_proj_bias', 'F16'],
  ] as const)('accepts %s in %s', async (name, dtype) => {
    checkTensors(tinyConfig(), await replacing(name, { dtype }))
  })

  it.each([
    ['lm_head.weight', 'U8', 'U8 [512, 128]', 'BF16, F16, F32 or Q8_0 [512, 128]'],
    ['model.norm.weight', 'Q8_0', 'Q8_0 [128]', 'BF16, F16 or F32 [128]'],
    ['model.layers.0.self_attn.q_proj.bias', 'I32', 'I32 [256]', 'BF16, F16 or F32 [256]'],
    ['model.layers.0.mlp.experts.down_proj_scales', 'F32', 'F32 [8, 128, 3]', 'U8 [8, 128, 3]'],
  ] as const)('names found and expected dtype of %s in %s', async (name, dtype, is, wanted) => {
    const table = await replacing(name, { dtype })
    expect(await failure(() => checkTensors(tinyConfig(), table))).toMatchObject({
      problem: expect.stringContaining(`is ${is}, and config.json calls for ${wanted}`),
    })
  })

  describe('on the tensors of a GGUF', () => {
    /** A table of all that a GGUF of this config holds. */
    function ggufTable(change: (entries: Map<string, TensorEntry>) => void = () => {}) {
      const place = { file: 'model.gguf', byteOffset: 0, byteLength: 0 }
      const entries = new Map(
        Array.from(expectedTensors(tinyConfig(), 'gguf'), ([name, { dtype, shape }]) => [
          name,
          { name, dtype, shape, ...place },
        ]),
      )
      change(entries)
      return new TensorTable(memorySource(new Map()), entries.values(), 'model.gguf')
    }

    it('finds them all', () => {
      checkTensors(tinyConfig(), ggufTable())
      const tensors = expectedTensors(gptOss20b, 'gguf')
      const count = (dtype: string) =>
        [...tensors.values()].filter((tensor) => tensor.dtype === dtype).length
      expect([count('F32'), count('Q8_0'), count('MXFP4')]).toEqual([289, 98, 72])
    })

    it('takes no experts of either layout in the place of the other', async () => {
      const name = 'model.layers.1.mlp.experts.up_proj'
      const table = ggufTable((entries) => {
        const entry = entries.get(name) as TensorEntry
        entries.set(name, { ...entry, dtype: 'U8' })
      })
      expect(await failure(() => checkTensors(tinyConfig(), table))).toMatchObject({
        problem: `tensor "${name}" is U8 [8, 96, 128], and config.json calls for MXFP4 [8, 96, 128]`,
      })
    })

    it('notices one that is missing and one too many', async () => {
      const name = 'model.layers.1.mlp.experts.gate_proj_bias'
      const missing = ggufTable((entries) => entries.delete(name))
      expect(await failure(() => checkTensors(tinyConfig(), missing))).toMatchObject({
        file: 'model.gguf',
        problem: `tensor "${name}" is missing, which config.json calls for`,
      })
      const extra = 'model.layers.1.mlp.experts.gate_up_proj_bias'
      const tooMany = ggufTable((entries) => {
        entries.set(extra, { ...(entries.get(name) as TensorEntry), name: extra })
      })
      expect(await failure(() => checkTensors(tinyConfig(), tooMany))).toMatchObject({
        problem: `tensor "${extra}" has no place in the model of config.json`,
      })
    })
  })

  it('says in words that the expert count does not match', async () => {
    const config = { ...tinyConfig(), numLocalExperts: 16 }
    const table = await open()
    expect(await failure(() => checkTensors(config, table))).toMatchObject({
      code: 'file-invalid',
      problem: expect.stringMatching(
        /the expert count does not match, 8 here and num_local_experts 16 there$/,
      ),
    })
  })

  it('names a tensor that is missing, and the file that should list it', async () => {
    const table = await changed((entries) => entries.filter((e) => e.name !== 'model.norm.weight'))
    expect(await failure(() => checkTensors(tinyConfig(), table))).toEqual({
      code: 'file-invalid',
      file: 'model.safetensors.index.json',
      problem: 'tensor "model.norm.weight" is missing, which config.json calls for',
    })
  })

  it('notices layers beyond those of the config', async () => {
    const config = { ...tinyConfig(), numHiddenLayers: 3 }
    const table = await open()
    expect(await failure(() => checkTensors(config, table))).toMatchObject({
      code: 'file-invalid',
      problem: expect.stringMatching(
        /^tensor "model\.layers\.3\..*" has no place in the model of config\.json/,
      ),
    })
  })
})

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../model/config'
import { checkTensors } from '../model/weights'
import {
  decode,
  decodeBf16,
  decodeMxfp4,
  expert,
  forward,
  linear,
  rmsNorm,
  type StoredTensor,
} from '../reference'
import { openCheckpoint } from '../weights/checkpoint'
import { expectClose } from './closeness'
import { modelConfig, readGoldenValues, readJson, tinyFolder, wideFolder } from './golden'
import {
  checkpointRecipe,
  type Recipe,
  type RecipeTensor,
  synthesizedTensors,
  synthesizeTensor,
  syntheticGgufSource,
  syntheticSource,
} from './synthetic-checkpoint'
import { goldenRecipe, namedRecipe } from './synthetic-shapes'

const cases = { 'tiny-a': goldenRecipe('tiny-a'), wide: goldenRecipe('wide') }

async function readWhole(source: ReturnType<typeof syntheticSource>, file: string, begin = 0) {
  const pieces: Uint8Array[] = []
  for await (const piece of source.read(file, begin, await source.byteLength(file))) {
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function named(...[name, choices]: Parameters<typeof namedRecipe>): Recipe {
  const recipe = namedRecipe(name, choices)
  if (!recipe) throw new Error(`no shape ${name}`)
  return recipe
}

describe('the recipe of a shape', () => {
  it.each(['tiny-a', 'wide'] as const)('is that of %s, given its dimensions', (name) => {
    const { seed, max_shard_bytes, ...expected } = cases[name]
    const recipe = checkpointRecipe(modelConfig(expected.config), {
      seed,
      maxShardBytes: max_shard_bytes as number,
    })
    expect(recipe).toEqual({
      seed,
      max_shard_bytes,
      ...expected,
      tensors: expected.tensors.map(({ sha256, ...tensor }) => tensor),
    })
  })
})

describe('a synthetic checkpoint', () => {
  const tiny = syntheticSource(cases['tiny-a'])

  it.each(['model-00000-of-00001.safetensors', 'model-00001-of-00001.safetensors'])(
    'has the bytes of tiny-a in %s',
    async (file) => {
      expect((await readWhole(tiny, file)).equals(readFileSync(new URL(file, tinyFolder)))).toBe(
        true,
      )
    },
  )

  it.each(['config.json', 'generation_config.json', 'model.safetensors.index.json'])(
    'says what tiny-a says in %s',
    async (file) => {
      const json = JSON.parse((await readWhole(tiny, file)).toString())
      expect(json).toEqual(readJson(new URL(file, tinyFolder)))
    },
  )

  it('gives the same bytes from any position on', async () => {
    const file = 'model-00000-of-00001.safetensors'
    const whole = await readWhole(tiny, file)
    const length = await tiny.byteLength(file)
    for (const begin of [0, 7, 8, 9001, 150_003, length - 1]) {
      expect((await readWhole(tiny, file, begin)).equals(whole.subarray(begin))).toBe(true)
    }
  })

  it('knows no file that it does not list', async () => {
    await expect(tiny.byteLength('tokenizer.json')).rejects.toMatchObject({
      data: { code: 'file-missing', file: 'tokenizer.json' },
    })
    expect(tiny.files).not.toContain('tokenizer.json')
  })

  it('has the SHA-256 of every tensor of wide up to a megabyte', () => {
    const { seed, families, tensors } = cases.wide
    const small = tensors.filter(({ shape }) => shape.reduce((a, b) => a * b) <= 500_000)
    expect(small.length).toBe(23)
    for (const tensor of small) {
      const bytes = synthesizeTensor({ seed, families }, tensor)
      expect(createHash('sha256').update(bytes).digest('hex'), tensor.name).toBe(tensor.sha256)
    }
  })
})

describe('a checkpoint in the published layout', () => {
  // Spec section 1.2, and of the index its length.
  it.each([
    {
      name: 'gpt-oss-20b',
      shardBytes: [4792272488, 4798702184, 4170342232],
      indexBytes: 36355,
      totalBytes: 13_761_264_768,
    },
    {
      name: 'gpt-oss-120b',
      shardBytes: [
        4625017896, 4115586736, 4625017888, 4115586752, 4625017896, 4115586696, 4625017856,
        4060267176, 4625017896, 4170906304, 4625017896, 4115586752, 4064660808, 4625017896,
        4115586736,
      ],
      indexBytes: 54511,
      totalBytes: 65_248_815_744,
    },
  ])('has the files of $name to the byte', async ({ name, shardBytes, indexBytes, totalBytes }) => {
    const source = syntheticSource(named(name))
    const shards = source.files.filter((file) => file.endsWith('.safetensors'))
    expect(await Promise.all(shards.map((file) => source.byteLength(file)))).toEqual(shardBytes)
    expect(await source.byteLength('model.safetensors.index.json')).toBe(indexBytes)
    expect(await source.byteLength('tokenizer.json')).toBe(27_868_174)
    const index = JSON.parse((await readWhole(source, 'model.safetensors.index.json')).toString())
    expect(index.metadata.total_size).toBe(totalBytes)
  })

  it("splits gpt-oss-20b's layers 18 and 6 as the published index does", async () => {
    const source = syntheticSource(named('gpt-oss-20b'))
    const { weight_map: shardOf } = JSON.parse(
      (await readWhole(source, 'model.safetensors.index.json')).toString(),
    )
    const shard = (name: string) => Number(shardOf[`model.layers.${name}`].slice(6, 11))
    expect(shard('18.self_attn.v_proj.bias')).toBe(0)
    expect(shard('18.self_attn.q_proj.weight')).toBe(1)
    expect(shard('6.mlp.experts.gate_up_proj_bias')).toBe(1)
    expect(shard('6.mlp.experts.gate_up_proj_blocks')).toBe(2)
  })

  it('opens as a checkpoint, with fewer layers and another vocabulary too', async () => {
    const recipe = named('gpt-oss-120b', { layers: 2, vocabSize: 3000 })
    const { config, tensors, files } = await openCheckpoint(syntheticSource(recipe))
    checkTensors(parseConfig(config), tensors)
    expect(files.map(({ name }) => name)).toContain('model-00000-of-00000.safetensors')
  })

  it('gives the same bytes from any position on, pools or not', async () => {
    const source = syntheticSource(named('S', { layers: 1 }))
    const file = 'model-00000-of-00000.safetensors'
    const length = await source.byteLength(file)
    const whole = await readWhole(source, file)
    for (const begin of [0, 7, 9001, 5_000_001, length - 3_000_001, length - 1]) {
      expect((await readWhole(source, file, begin)).equals(whole.subarray(begin))).toBe(true)
    }
  })

  it('opens as a GGUF of the same weights', async () => {
    const recipe = named('S', { layers: 2 })
    const source = syntheticGgufSource(recipe, 'BF16')
    const { config, tensors } = await openCheckpoint(source, { gguf: 'model.gguf' })
    checkTensors(parseConfig(config), tensors)
    expect(parseConfig(config)).toMatchObject({ numHiddenLayers: 2, vocabSize: 4096 })
    const pieces: Uint8Array[] = []
    for await (const piece of tensors.read('model.layers.1.self_attn.k_proj.weight'))
      pieces.push(piece.slice())
    const expected = synthesizedTensors(recipe)('model.layers.1.self_attn.k_proj.weight')?.bytes
    expect(Buffer.concat(pieces).equals(expected as Uint8Array)).toBe(true)
  })

  it('gives logits of the size that a trained model gives', () => {
    const recipe = named('S', { layers: 2, vocabSize: 3000 })
    const tokens = Array.from({ length: 8 }, (_, i) => (i * 379) % 3000)
    const logits = forward(modelConfig(recipe.config), synthesizedTensors(recipe), tokens)
    const deviation = Math.sqrt(logits.reduce((a, b) => a + b * b) / logits.length)
    expect(deviation).toBeGreaterThan(2)
    expect(deviation).toBeLessThan(4.5)
  })

  it('has other weights for another seed', () => {
    const sinks = (seed: string) => {
      const recipe = named('S', { seed })
      const tensor = recipe.tensors.find(({ family }) => family === 'sinks') as RecipeTensor
      return synthesizeTensor(recipe, tensor)
    }
    expect(sinks('1')).toEqual(sinks('1'))
    expect(sinks('1')).not.toEqual(sinks('2'))
  })
})

describe('a checkpoint of another shape', { timeout: 60_000 }, () => {
  const shape = {
    numHiddenLayers: 3,
    numLocalExperts: 32,
    numExpertsPerTok: 4,
    hiddenSize: 192,
    intermediateSize: 160,
    numAttentionHeads: 3,
    numKeyValueHeads: 1,
    headDim: 32,
    vocabSize: 1000,
    slidingWindow: 32,
  }

  it('is one file without an index, or as many shards as its size asks for', () => {
    const seed = 'other'
    expect(syntheticSource(checkpointRecipe(shape, { seed })).files).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
    ])
    expect(syntheticSource(checkpointRecipe(shape, { seed, maxShardBytes: 3e6 })).files).toEqual([
      'config.json',
      'generation_config.json',
      'model-00000-of-00002.safetensors',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
    ])
  })

  it('gives logits of the size that a trained model gives', () => {
    const recipe = checkpointRecipe(shape, { seed: 'other' })
    const tokens = Array.from({ length: 40 }, (_, i) => (i * 379) % shape.vocabSize)
    const used = new Set<number>()
    let sinkMass = 0
    const logits = forward(
      modelConfig(recipe.config),
      synthesizedTensors(recipe),
      tokens,
      (step, _layer, values) => {
        if (step === 'router_index') for (const expert of values) used.add(expert)
        if (step === 'sink_mass') sinkMass += values.reduce((a, b) => a + b) / values.length / 3
      },
    )
    const deviation = Math.sqrt(logits.reduce((a, b) => a + b * b) / logits.length)
    expect(deviation).toBeGreaterThan(2)
    expect(deviation).toBeLessThan(4.5)
    expect(sinkMass).toBeGreaterThan(0.05)
    expect(sinkMass).toBeLessThan(0.95)
    expect(used.size).toBe(32)
  })
})

describe('wide, the layer shape of gpt-oss-20b', { timeout: 60_000 }, () => {
  const { seed, families, tensors } = cases.wide
  const config = modelConfig(cases.wide.config)
  const trace = readGoldenValues(new URL('trace.safetensors', wideFolder))
  const weight = (name: string) => decode(synthesizedTensors(cases.wide)(name) as StoredTensor)

  it('passes one token through one expert as the golden trace does', () => {
    const { hiddenSize, intermediateSize, numLocalExperts, swigluLimit } = config
    const chosen = trace('seq17.layer1.router_index')[0] as number
    const ofExpert = (name: string) => {
      const tensor = tensors.find((t) => t.name === `model.layers.1.mlp.experts.${name}`)
      if (!tensor) throw new Error(`no tensor ${name}`)
      const elementBytes = name.endsWith('_bias') ? 2 : 1
      const length = (tensor.shape.reduce((a, b) => a * b) / numLocalExperts) * elementBytes
      return synthesizeTensor({ seed, families }, tensor, chosen * length, (chosen + 1) * length)
    }
    const weights = {
      gateUp: decodeMxfp4(ofExpert('gate_up_proj_blocks'), ofExpert('gate_up_proj_scales')),
      gateUpBias: decodeBf16(ofExpert('gate_up_proj_bias')),
      down: decodeMxfp4(ofExpert('down_proj_blocks'), ofExpert('down_proj_scales')),
      downBias: decodeBf16(ofExpert('down_proj_bias')),
    }
    const x = trace('seq17.layer1.mlp_norm').subarray(0, hiddenSize)
    const steps = expert(x, weights, swigluLimit)

    const first = (name: string, length: number) =>
      trace(`seq17.layer1.${name}`).subarray(0, length)
    const tolerance = { absolute: 2e-4, relative: 1e-4 }
    expectClose(steps.gateUp, first('gate_up', 2 * intermediateSize), tolerance)
    expectClose(steps.activated, first('swiglu', intermediateSize), tolerance)
    expectClose(steps.down, first('down', hiddenSize), tolerance)
  })

  it('ends in the golden logits', () => {
    const { hiddenSize, vocabSize, rmsNormEps } = config
    const x = trace('seq17.layer1.resid_mlp') // positions 0, 8 and 16
    const normed = rmsNorm(x, weight('model.norm.weight'), rmsNormEps)
    const logits = linear(normed, weight('lm_head.weight'), hiddenSize)
    const golden = readGoldenValues(new URL('golden.safetensors', wideFolder))('seq17.logits')
    const positions = [...trace('seq17.positions')]
    expectClose(
      logits,
      positions.flatMap((p) => [...golden.subarray(p * vocabSize, (p + 1) * vocabSize)]),
      { absolute: 2e-4 },
      [positions.length, vocabSize],
    )
  })
})

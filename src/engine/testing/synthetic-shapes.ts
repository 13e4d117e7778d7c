/** The synthetic checkpoints that go by a name. */
import type { ModelConfig } from '../model/config'
import { modelConfig, readJson, wideFolder } from './golden'
import {
  type CheckpointShape,
  checkpointRecipe,
  publishedRecipe,
  type Recipe,
} from './synthetic-checkpoint'

/** What every shape has in common with the published models but the smallest. */
const common = { numExpertsPerTok: 4, headDim: 64, slidingWindow: 128 }

const gptOss20b: CheckpointShape = {
  ...common,
  numHiddenLayers: 24,
  numLocalExperts: 32,
  hiddenSize: 2880,
  intermediateSize: 2880,
  numAttentionHeads: 64,
  numKeyValueHeads: 8,
  vocabSize: 201088,
}

/** Between the bundled model and the real ones: what each layer costs shows. */
const small: CheckpointShape = {
  ...common,
  numHiddenLayers: 6,
  numLocalExperts: 16,
  hiddenSize: 512,
  intermediateSize: 512,
  numAttentionHeads: 8,
  numKeyValueHeads: 2,
  vocabSize: 4096,
}

/**
 * Where the seven files begin from which gpt-oss-120b's shards were made, in the order in which they
 * were read. Of all orders this is one of two that give the published sizes of all 15 shards to the
 * byte; the other swaps the second file and the fourth.
 */
const partStarts120b = [
  'model.layers.25.mlp.experts.gate_up_proj_blocks',
  'model.layers.2.mlp.experts.gate_up_proj_blocks',
  'model.layers.4.mlp.experts.gate_up_proj_blocks',
  'model.layers.14.mlp.experts.gate_up_proj_blocks',
  'model.layers.0.input_layernorm.weight',
  'model.embed_tokens.weight',
  'model.layers.30.mlp.experts.gate_up_proj_blocks',
]

const published: Record<string, { shape: CheckpointShape; partStarts?: readonly string[] }> = {
  'gpt-oss-20b': { shape: gptOss20b },
  'gpt-oss-120b': {
    shape: { ...gptOss20b, numHiddenLayers: 36, numLocalExperts: 128 },
    partStarts: partStarts120b,
  },
  S: { shape: small },
  L1: { shape: { ...gptOss20b, numHiddenLayers: 1, vocabSize: 8192 } },
  M: { shape: { ...gptOss20b, numHiddenLayers: 2, vocabSize: 8192 } },
}

/** The checkpoints of golden/ (see golden/wide/README.md), by their names here and there. */
const golden: Record<string, string> = { tiny: 'tiny-a', wide: 'wide' }

export const shapeNames: readonly string[] = [...Object.keys(published), ...Object.keys(golden)]

export interface RecipeChoices {
  layers?: number | undefined
  vocabSize?: number | undefined
  /** Other weights; left out, those of golden/ where there are any. */
  seed?: string | undefined
}

/** The recipe of a named shape; undefined where no shape has that name. */
export function namedRecipe(name: string, choices: RecipeChoices = {}): Recipe | undefined {
  const { layers, vocabSize, seed = 'synthetic' } = choices
  const choose = (shape: CheckpointShape) => ({
    ...shape,
    ...(layers !== undefined && { numHiddenLayers: layers }),
    ...(vocabSize !== undefined && { vocabSize }),
  })
  if (Object.hasOwn(published, name)) {
    const { shape, partStarts } = published[name] as (typeof published)[string]
    return publishedRecipe(choose(shape), { seed, partStarts })
  }
  if (!Object.hasOwn(golden, name)) return undefined
  const known = goldenRecipe(golden[name] as string)
  const config: ModelConfig = modelConfig(known.config)
  return checkpointRecipe(choose(config), {
    seed: choices.seed ?? known.seed,
    ...(known.max_shard_bytes !== undefined && { maxShardBytes: known.max_shard_bytes }),
  })
}

/** A recipe of golden/, with the SHA-256 of every tensor that it must give. */
export function goldenRecipe(name: string): Recipe {
  const { cases } = readJson<{ cases: Record<string, Recipe> }>(new URL('recipe.json', wideFolder))
  return cases[name] as Recipe
}

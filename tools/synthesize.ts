/**
 * Writes a random checkpoint in the layout of the real ones, the same bytes on every machine.
 *
 *   node tools/synthesize.mjs wide DIR         two layers of the real gpt-oss-20b shape, 966 MB
 *   node tools/synthesize.mjs tiny-a DIR
 *   node tools/synthesize.mjs SHAPE.json DIR   any other shape
 *
 * SHAPE.json holds the dimensions by their names in `CheckpointShape`, and beside them, as you like,
 * `seed` and `maxShardBytes` (left out: a single model.safetensors without an index):
 *
 *   { "numHiddenLayers": 2, "numLocalExperts": 32, "numExpertsPerTok": 4, "hiddenSize": 192,
 *     "intermediateSize": 160, "numAttentionHeads": 3, "numKeyValueHeads": 1, "headDim": 32,
 *     "vocabSize": 1000, "slidingWindow": 32 }
 */
import { createHash } from 'node:crypto'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readJson, wideFolder } from '../src/engine/testing/golden'
import {
  type CheckpointShape,
  checkpointRecipe,
  type Recipe,
  synthesizeTensor,
  syntheticSource,
} from '../src/engine/testing/synthetic-checkpoint'

export async function synthesize(args: readonly string[]): Promise<void> {
  const [what, folder] = args
  if (!what || !folder) {
    console.error('usage: node tools/synthesize.mjs wide|tiny-a|SHAPE.json DIR')
    process.exitCode = 1
    return
  }

  const recipe = readRecipe(what)
  for (const tensor of recipe.tensors) {
    if (!tensor.sha256) continue
    const bytes = synthesizeTensor(recipe, tensor)
    if (createHash('sha256').update(bytes).digest('hex') !== tensor.sha256)
      throw new Error(`${tensor.name} came out with other bytes than the recipe says`)
  }

  mkdirSync(folder, { recursive: true })
  const source = syntheticSource(recipe)
  for (const file of source.files) {
    const byteLength = await source.byteLength(file)
    await pipeline(source.read(file, 0, byteLength), createWriteStream(join(folder, file)))
    console.log(`${file}: ${byteLength} bytes`)
  }
}

function readRecipe(what: string): Recipe {
  const { cases } = readJson<{ cases: Record<string, Recipe> }>(new URL('recipe.json', wideFolder))
  const known = cases[what]
  if (known) return known
  const { seed = 'synthetic', ...shape } = readJson<
    CheckpointShape & { seed?: string; maxShardBytes?: number }
  >(what)
  const maxShardBytes = shape.maxShardBytes
  return checkpointRecipe(shape, maxShardBytes === undefined ? { seed } : { seed, maxShardBytes })
}

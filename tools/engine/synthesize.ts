/**
 * Random checkpoints in the layout of the real ones, the same bytes on every machine: written to a
 * folder, or computed while they are served, so that nothing of 14 or 65 GB lies on a disk.
 */
import { createHash } from 'node:crypto'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { listen, type ServedSource, serveSource } from '../../src/engine/testing/http-server'
import {
  type Recipe,
  syntheticGgufSource,
  syntheticSource,
} from '../../src/engine/testing/synthetic-checkpoint'
import { namedRecipe, shapeNames } from '../../src/engine/testing/synthetic-shapes'
import { count, invalid, misused, number, type Options, readFormat, required } from './options'

/** The command `synthesize`. With --serve it goes on until the process is ended. */
export async function synthesize(given: Options) {
  const source = openSource(given)
  if (given.serve) {
    const hashes = given.hashes ? await hashFiles(source) : undefined
    const { port } = await listen(serveSource(source, hashes), number(given, 'port') ?? 0)
    const folder = `http://127.0.0.1:${port}/openai/${required(given, 'shape')}/resolve/main/`
    console.log(readFormat(given) === 'gguf' ? `${folder}${source.files[0]}` : folder)
    return new Promise<never>(() => {})
  }
  if (given.out === undefined) throw misused('one of --out and --serve must be given')
  return { files: await writeFiles(source, required(given, 'out')) }
}

function openSource(given: Options): ServedSource {
  const recipe = readRecipe(given)
  return readFormat(given) === 'gguf'
    ? syntheticGgufSource(recipe, 'Q8_0')
    : syntheticSource(recipe)
}

/**
 * The checkpoint that --shape and its companions describe.
 * @throws EngineError `request-invalid`
 */
export function readRecipe(given: Options): Recipe {
  const shape = required(given, 'shape')
  const seed = number(given, 'seed')
  const recipe = namedRecipe(shape, {
    layers: count(given, 'layers'),
    vocabSize: count(given, 'vocab'),
    seed: seed === undefined ? undefined : String(seed),
  })
  if (!recipe) throw invalid(`--shape ${shape}: the shapes are ${shapeNames.join(', ')}`)
  return recipe
}

async function writeFiles(source: ServedSource, folder: string) {
  mkdirSync(folder, { recursive: true })
  const files: { file: string; byteLength: number }[] = []
  for (const file of source.files) {
    const byteLength = await source.byteLength(file)
    await pipeline(source.read(file, 0, byteLength), createWriteStream(join(folder, file)))
    files.push({ file, byteLength })
  }
  return files
}

/** SHA-256 by file. */
async function hashFiles(source: ServedSource): Promise<Map<string, string>> {
  const hashes = new Map<string, string>()
  for (const file of source.files) {
    const hash = createHash('sha256')
    for await (const piece of source.read(file, 0, await source.byteLength(file)))
      hash.update(piece)
    hashes.set(file, hash.digest('hex'))
  }
  return hashes
}

import { readdirSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type ModelConfig, parseConfig } from '../../src/engine/model/config'
import { checkTensors } from '../../src/engine/model/weights'
import { createTokenizer, type Tokenizer } from '../../src/engine/tokenizer/tokenizer'
import { type Checkpoint, findGguf, openCheckpoint } from '../../src/engine/weights/checkpoint'
import { readAll, type ShardSource } from '../../src/engine/weights/shard-source'
import { createFsSource } from '../fs-source'
import { parseJson } from './files'
import { invalid, type Options, required } from './options'

/** A checkpoint whose small files and headers are found sound. */
export interface OpenModel {
  config: ModelConfig
  checkpoint: Checkpoint
  /** Undefined for a checkpoint without one. */
  tokenizer: Tokenizer | undefined
}

/** @throws EngineError what `openCheckpoint`, `parseConfig` and `checkTensors` throw */
export async function openModel(given: Options): Promise<OpenModel> {
  const { source, gguf } = findModel(given)
  const checkpoint = await openCheckpoint(source, { gguf })
  const config = parseConfig(checkpoint.config, checkpoint.configFile)
  checkTensors(config, checkpoint.tensors, checkpoint.configFile)
  const { tokenizer: json, tokenizerFile } = checkpoint
  const tokenizer = json === undefined ? undefined : createTokenizer(json, tokenizerFile)
  return { config, checkpoint, tokenizer }
}

/** A model's tokenizer; of a folder, its tokenizer.json is all that needs to be there. */
export async function openTokenizer(given: Options): Promise<Tokenizer> {
  const { source, gguf } = findModel(given)
  if (gguf !== undefined) {
    const { tokenizer, tokenizerFile } = await openCheckpoint(source, { gguf })
    if (tokenizer === undefined) throw invalid(`${gguf} holds no tokenizer`)
    return createTokenizer(tokenizer, tokenizerFile)
  }
  const file = 'tokenizer.json'
  const text = new TextDecoder().decode(await readAll(source, file, 64 * 1024 * 1024))
  return createTokenizer(parseJson(text, file))
}

/** A folder in the Hugging Face layout, a GGUF file, or a folder that holds one. */
function findModel(given: Options): { source: ShardSource; gguf: string | undefined } {
  const path = required(given, 'model')
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isDirectory()) {
    return { source: createFsSource(path), gguf: findGguf(readdirSync(path)) }
  }
  if (found?.isFile() && /\.gguf$/i.test(path)) {
    return { source: createFsSource(dirname(path)), gguf: basename(path) }
  }
  throw invalid(`--model ${path}: there is no such folder or GGUF file`)
}

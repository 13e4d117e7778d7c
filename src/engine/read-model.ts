import { EngineError } from './errors'
import { stopTokenIds } from './harmony/tokens'
import { type ModelConfig, parseConfig } from './model/config'
import { checkTensors } from './model/weights'
import { createTokenizer, type Tokenizer } from './tokenizer/tokenizer'
import type { Checkpoint } from './weights/checkpoint'
import { fileInvalid } from './weights/file-content'

/** What a checkpoint that can be run says of itself. */
export interface SoundModel {
  config: ModelConfig
  tokenizer: Tokenizer
}

/** A tokenizer of 200 000 tokens takes a while to make: one for each checkpoint is enough. */
const known = new WeakMap<Checkpoint, SoundModel>()

/**
 * Reads a checkpoint's small files, and checks the headers of its shards against them.
 * @throws EngineError `file-missing`, `file-invalid`, `model-unsupported`
 */
export function readModel(checkpoint: Checkpoint): SoundModel {
  const before = known.get(checkpoint)
  if (before) return before
  const { configFile, tokenizerFile } = checkpoint
  const config = parseConfig(checkpoint.config, configFile)
  checkTensors(config, checkpoint.tensors, configFile)
  if (checkpoint.tokenizer === undefined)
    throw new EngineError({ code: 'file-missing', file: 'tokenizer.json', neededBy: 'the chat' })
  const tokenizer = createTokenizer(checkpoint.tokenizer, tokenizerFile)
  stopTokenIds(tokenizer)
  if (tokenizer.tokenCount > config.vocabSize) {
    const counts = `${tokenizer.tokenCount} tokens, and the model of ${configFile} ${config.vocabSize}`
    throw fileInvalid(tokenizerFile, `has ${counts}: they belong to different models`)
  }
  const model = { config, tokenizer }
  known.set(checkpoint, model)
  return model
}

import { createGenerator } from '../../src/engine/generate/generate'
import { defaultSampling } from '../../src/engine/generate/sampler'
import { usageOf } from '../../src/engine/generate/usage'
import { openLedger } from '../../src/engine/gpu/ledger'
import { loadModel } from '../../src/engine/model/load'
import { openNodeGpu } from './adapter'
import { openModel } from './model'
import { invalid, type Options, readSizes } from './options'

/** Tokens decoded: counts are the last one's, which is past whatever happens only at first. */
const decodedTokens = 9

/**
 * The command `ledger`: what one prefill and one token decoded after it ask of the device, counted
 * while a generation does them.
 */
export async function ledger(given: Options) {
  const { contextTokens = 128, chunkTokens } = readSizes(given)
  const { config, checkpoint } = await openModel(given)
  const longest = config.maxPositionEmbeddings - decodedTokens
  if (contextTokens > longest)
    throw invalid(`--context is ${contextTokens}; the model has room for ${longest}`)
  const gpu = await openNodeGpu()
  const model = await loadModel(gpu, config, checkpoint.tensors, {
    contextTokens: contextTokens + decodedTokens,
    chunkTokens,
  })
  // On a clock that stands still prefill is cut no finer than it must be, once it has been timed.
  const now = () => 0
  const generator = await createGenerator(gpu, model.forward, config.vocabSize, { now })
  await generator.session.prefill([config.vocabSize - 1], undefined)
  const { submissions, close } = openLedger(gpu.device, model.forward.step)
  const generation = generator.generate({
    prompt: Array.from({ length: contextTokens }, (_, i) => i % config.vocabSize),
    sampling: { ...defaultSampling, seed: 0 },
    maxTokens: 1 + decodedTokens,
    stopTokens: new Set(),
  })
  while (!(await generation.next()).done);
  close()
  generator.destroy()
  model.destroy()

  // After the chunks come the first token, sampled from the prompt's last logits, and the others.
  const chunks = submissions.slice(0, -1 - decodedTokens)
  const tokens = submissions.slice(-decodedTokens)
  const hostMs = tokens.map((token) => token.hostMs).sort((a, b) => a - b)
  return {
    adapter: gpu.adapter.description,
    contextTokens,
    chunkTokens: model.plan.chunkTokens,
    prefill: usageOf(chunks),
    firstSample: usageOf(submissions.slice(chunks.length, chunks.length + 1)),
    token: { ...usageOf(tokens.slice(-1)), hostMs: hostMs[(decodedTokens - 1) / 2] },
  }
}

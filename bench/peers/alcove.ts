import { createWorkerEngine } from '../../src/worker/client'
import { type Contestant, decodePrompt, type ModelFiles } from './contestant'

/** Longest prompt and what is decoded after it. */
const contextTokens = 1024

/** Our engine, in its worker, as the page has it. */
export async function openAlcove(
  model: Pick<ModelFiles, 'gguf'> | Pick<ModelFiles, 'safetensors'>,
): Promise<Contestant> {
  const engine = createWorkerEngine()
  const address = 'gguf' in model ? model.gguf : model.safetensors
  const info = await engine.load({ model: address, contextTokens })
  return {
    about: { format: info.format, ...info.adapter },
    prefill: async (promptTokens, seed) => (await measure(promptTokens, 0, seed)).firstTokenMs,
    decode: async (tokens, seed) => (await measure(decodePrompt, tokens, seed)).decodeMs,
  }

  async function measure(promptTokens: number, decodedTokens: number, seed: number) {
    const request = { contextTokens: 0, promptTokens, decodedTokens, seed }
    const measurement = await engine.measure(request)
    // The others keep nothing from one prompt to the next.
    const { cachedTokens } = measurement
    if (cachedTokens > 0)
      throw new Error(`of ${promptTokens} tokens ${cachedTokens} were computed before`)
    return measurement
  }
}

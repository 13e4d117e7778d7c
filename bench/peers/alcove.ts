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
    async prefill(promptTokens, seed) {
      const request = { contextTokens: 0, promptTokens, decodedTokens: 0, seed }
      return (await engine.measure(request)).firstTokenMs
    },
    async decode(decodedTokens, seed) {
      const request = { contextTokens: 0, promptTokens: decodePrompt, decodedTokens, seed }
      return (await engine.measure(request)).decodeMs
    },
  }
}

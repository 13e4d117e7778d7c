import { type Contestant, decodePrompt, type ModelFiles } from './contestant'

/** What is used of @wllama/wllama, which is not bundled: it is served as its package has it. */
interface WllamaModule {
  Wllama: {
    new (paths: { default: string }, config: { parallelDownloads: number }): Wllama
    getLibllamaVersion(): string
  }
}

interface Wllama {
  setCompat(compat: null): void
  loadModel(blobs: Blob[], parameters: Record<string, number | boolean>): Promise<void>
  getNumThreads(): number
  createCompletion(request: Record<string, unknown>): Promise<{ timings: Timings }>
}

/** What llama.cpp's server reports. */
interface Timings {
  prompt_n: number
  prompt_ms: number
  predicted_n: number
  predicted_ms: number
}

const base = '/packages/@wllama/wllama/esm'

/** llama.cpp in WebAssembly, every layer on WebGPU or every layer on the processor. */
export async function openWllama(
  { gguf, microBatch, words, brokenTokens }: ModelFiles,
  where: 'webgpu' | 'cpu',
): Promise<Contestant> {
  const url = `${base}/index.min.js`
  const { Wllama } = (await import(/* @vite-ignore */ url)) as WllamaModule
  const wllama = new Wllama({ default: `${base}/wasm/wllama.wasm` }, { parallelDownloads: 1 })
  // Otherwise it fetches a build for other browsers from a server elsewhere.
  wllama.setCompat(null)
  const blob = await (await fetch(gguf)).blob()
  await wllama.loadModel([blob], {
    n_ctx: 1024,
    n_batch: 256,
    warmup: false,
    ...(where === 'webgpu'
      ? { n_gpu_layers: 999, n_ubatch: microBatch }
      : { n_gpu_layers: 0, n_threads: 1 }),
  })

  async function complete(promptTokens: number, maxTokens: number, seed: number) {
    const { timings } = await wllama.createCompletion({
      prompt: promptOf(words, promptTokens, seed),
      max_tokens: maxTokens,
      temperature: 0,
      ignore_eos: true,
      cache_prompt: false,
      logit_bias: brokenTokens.map((token) => [token, false]),
    })
    if (timings.prompt_n !== promptTokens || timings.predicted_n !== maxTokens)
      throw new Error(`asked for ${promptTokens} + ${maxTokens} tokens: ${JSON.stringify(timings)}`)
    return timings
  }

  return {
    about: { libllama: Wllama.getLibllamaVersion(), threads: wllama.getNumThreads() },
    // Its own clock leaves out what crossing to its worker takes.
    prefill: async (promptTokens, seed) => (await complete(promptTokens, 1, seed)).prompt_ms,
    // It counts the first token as predicted, and begins to time when that is there.
    decode: async (tokens, seed) => (await complete(decodePrompt, 1 + tokens, seed)).predicted_ms,
  }
}

/** A text of so many tokens. */
function promptOf(words: readonly string[], tokens: number, seed: number): string {
  let state = seed * 7919 + 1
  return Array.from({ length: tokens }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return ` ${words[(state >> 8) % words.length]}`
  }).join('')
}

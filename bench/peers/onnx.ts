import { type Contestant, decodePrompt, type ModelFiles } from './contestant'

/** What is used of onnxruntime-web, which is not bundled: it is served as its package has it. */
interface Ort {
  env: { versions: { web: string }; wasm: { numThreads: number } }
  Tensor: new (type: string, data: ArrayBufferView, shape: readonly number[]) => OrtTensor
  InferenceSession: {
    create(model: Uint8Array, options: Record<string, unknown>): Promise<OrtSession>
  }
}

interface OrtTensor {
  readonly data: Float32Array
  readonly location: string
  dispose(): void
}

interface OrtSession {
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>
}

/** onnxruntime-web on WebGPU: keys and values stay there, logits come back and the best is taken. */
export async function openOnnx(files: ModelFiles): Promise<Contestant> {
  const url = '/packages/onnxruntime-web/dist/ort.webgpu.min.mjs'
  const ort = (await import(/* @vite-ignore */ url)) as Ort
  ort.env.wasm.numThreads = 1
  const layers = Array.from({ length: files.layers }, (_, layer) => layer)
  const model = new Uint8Array(await (await fetch(`${files.onnx}model.onnx`)).arrayBuffer())
  const data = await (await fetch(`${files.onnx}model.onnx.data`)).blob()
  const onGpu = layers.flatMap((layer) => [`keys.${layer}`, `values.${layer}`])
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['webgpu'],
    externalData: [{ path: 'model.onnx.data', data }],
    preferredOutputLocation: {
      logits: 'cpu',
      ...Object.fromEntries(onGpu.map((name) => [name, 'gpu-buffer'])),
    },
  })

  /** One sequence: its keys and values by the names of the inputs, and how many tokens they are of. */
  function createSequence() {
    const shape = [1, files.kvHeads, 0, files.headDim]
    const none =
      files.float === 'f16'
        ? () => new ort.Tensor('float16', new Uint16Array(0), shape)
        : () => new ort.Tensor('float32', new Float32Array(0), shape)
    let past = Object.fromEntries(onGpu.map((name) => [`past_${name}`, none()]))
    let length = 0
    const free = () => {
      for (const tensor of Object.values(past))
        if (tensor.location === 'gpu-buffer') tensor.dispose()
    }
    return {
      free,
      /** Computes these tokens and returns the best next one. */
      async step(tokens: readonly number[]): Promise<number> {
        length += tokens.length
        const ids = BigInt64Array.from(tokens, (token) => BigInt(token))
        const { logits, ...present } = await session.run({
          input_ids: new ort.Tensor('int64', ids, [1, tokens.length]),
          seqlens_k: new ort.Tensor('int32', Int32Array.of(length - 1), [1]),
          total_sequence_length: new ort.Tensor('int32', Int32Array.of(length), []),
          ...past,
        })
        free()
        past = Object.fromEntries(onGpu.map((name) => [`past_${name}`, present[name] as OrtTensor]))
        const scores = (logits as OrtTensor).data
        const best = scores.indexOf(scores.reduce((a, b) => Math.max(a, b)))
        if (best < 0) throw new Error('a logit is not a number')
        return best
      },
    }
  }

  const prompt = (tokens: number, seed: number) =>
    Array.from({ length: tokens }, (_, i) => (seed * 7919 + i * 104729) % files.vocabSize)

  return {
    about: { version: ort.env.versions.web, float: files.float },
    async prefill(promptTokens, seed) {
      const sequence = createSequence()
      const startedMs = performance.now()
      await sequence.step(prompt(promptTokens, seed))
      const elapsedMs = performance.now() - startedMs
      sequence.free()
      return elapsedMs
    },
    async decode(tokens, seed) {
      const sequence = createSequence()
      let token = await sequence.step(prompt(decodePrompt, seed))
      const startedMs = performance.now()
      for (let i = 0; i < tokens; i++) token = await sequence.step([token])
      const elapsedMs = performance.now() - startedMs
      sequence.free()
      return elapsedMs
    },
  }
}

/** The page that bench:peers opens, once for each engine. */
import { openGpu } from '../../src/engine/gpu/device'
import { type Ceilings, measureCeilings } from '../ceilings'
import { openAlcove } from './alcove'
import type { Contestant, ModelFiles } from './contestant'
import { openOnnx } from './onnx'
import { openWllama } from './wllama'

const openers = {
  'alcove, the same GGUF': (files: ModelFiles) => openAlcove({ gguf: files.gguf }),
  'alcove, BF16 as published': (files: ModelFiles) =>
    openAlcove({ safetensors: files.safetensors }),
  'wllama, WebGPU': (files: ModelFiles) => openWllama(files, 'webgpu'),
  'onnxruntime-web, WebGPU': openOnnx,
  'wllama, CPU, 1 thread': (files: ModelFiles) => openWllama(files, 'cpu'),
} as const

export type ContestantName = keyof typeof openers

export interface AdapterFacts {
  name: string
  f16: boolean
}

let contestant: Contestant | undefined
const opened = () => {
  if (!contestant) throw new Error('no engine is open')
  return contestant
}

const page = {
  async adapter(): Promise<AdapterFacts> {
    const { adapter, device } = await openGpu(navigator.gpu)
    device.destroy()
    const given = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' })
    const name = [adapter.vendor, adapter.architecture, adapter.description].join(' ').trim()
    return { name, f16: given?.features.has('shader-f16') ?? false }
  },

  /** What the adapter gives at the moment, by the clock on the wall. */
  async calibrate(): Promise<Ceilings> {
    const gpu = await openGpu(navigator.gpu)
    const clock = { name: 'wall clock', now: () => performance.now() }
    const ceilings = await measureCeilings(gpu, clock)
    gpu.device.destroy()
    return ceilings
  },

  async open(name: ContestantName, files: ModelFiles): Promise<Contestant['about']> {
    contestant = await openers[name](files)
    return contestant.about
  },

  prefill: (tokens: number, seed: number): Promise<number> => opened().prefill(tokens, seed),
  decode: (tokens: number, seed: number): Promise<number> => opened().decode(tokens, seed),
}

export type BenchPage = typeof page

Object.assign(globalThis, { bench: page })

import { type Gpu, type GpuFeatures, workBytes } from './device'
import { bufferUsage } from './flags'
import type { Tensor } from './tensor'

/** What a submission works on: token rows at positions `position` … `position + rows - 1`. */
export interface Work {
  readonly position: number
  readonly rows: number
  /** The row whose logits are computed, where any are; 0 where it is left out. */
  readonly headRow?: number
}

/**
 * How many workgroups a dispatch starts: always the same, or by the work of the submission. Where it
 * is none, the dispatch is left out.
 */
export type Workgroups = readonly number[] | ((work: Work) => readonly number[])

/**
 * Bytes of bound variables that a dispatch must read or write at least once, by the names of the
 * WGSL variables. A variable that is left out is needed whole.
 */
export type Needs = (work: Work) => Readonly<Record<string, number>>

/** A kernel with its buffers bound: made once, at load, and replayed for every token. */
export interface Dispatch {
  readonly label: string
  readonly pipeline: Pipeline
  readonly bindGroup: GPUBindGroup
  readonly workgroups: Workgroups
  /** The bound variables but for params, by their WGSL names. */
  readonly operands: readonly Operand[]
  readonly needs: Needs
}

interface Operand {
  readonly name: string
  readonly buffer: GPUBuffer
}

interface Pipeline {
  compute: GPUComputePipeline | undefined
  readonly layout: GPUBindGroupLayout
  readonly takesImmediates: boolean
  readonly compiled: Promise<void>
}

/** A uniform buffer that several kernels share and the host rewrites between submissions. */
export interface Uniform {
  readonly uniform: GPUBuffer
}

export interface Bindings {
  /** By the names of the WGSL variables; every storage or shared uniform variable needs one. */
  tensors: Readonly<Record<string, Tensor | Uniform>>
  /** By the names of the fields of `struct Params`, if the kernel has one. */
  params?: Readonly<Record<string, number>>
  /** By the names of `override` declarations that differ from their default. */
  constants?: Constants
  workgroups: Workgroups
  /** Left out where every dispatch needs all that it binds. */
  needs?: Needs
}

export interface Kernel {
  /** @throws Error where names do not match the WGSL: our bug. */
  bind(gpu: Gpu, bindings: Bindings): Dispatch
}

interface Variable {
  binding: number
  space: string
  name: string
}

/** Values of `override` declarations, by their names. */
export type Constants = Readonly<Record<string, number>>

/** Chooses a kernel's WGSL texts by the device's features, and by the constants that it is bound with. */
export type Texts = (features: GpuFeatures, constants: Constants) => readonly string[]

/**
 * A kernel from WGSL texts; WGSL takes declarations in any order, so joining texts is all the
 * preprocessing there is. `entryPoint` also labels.
 *
 * Variables, params and their order are read from the WGSL, so nothing is numbered twice.
 */
export function defineKernel(entryPoint: string, texts: Texts): Kernel {
  return {
    bind(gpu, { tensors, params = {}, constants = {}, workgroups, needs = () => ({}) }) {
      const module = shaderModule(gpu, texts(gpu.features, constants))
      const pipeline = findPipeline(gpu, module, entryPoint, constants)
      const operands: Operand[] = []
      const entries = module.variables.map(({ binding, name }) => {
        if (name === 'params') {
          const buffer = paramsBuffer(gpu, entryPoint, module.paramFields, params)
          return { binding, resource: { buffer } }
        }
        const bound = tensors[name]
        if (!bound) throw new Error(`${entryPoint}: nothing is bound to ${name}`)
        const buffer = 'uniform' in bound ? bound.uniform : bound.buffer
        operands.push({ name, buffer })
        return { binding, resource: { buffer } }
      })
      const known = new Set(module.variables.map(({ name }) => name))
      const stray = Object.keys(tensors).find((name) => !known.has(name))
      if (stray) throw new Error(`${entryPoint} has no variable ${stray}`)
      const bindGroup = gpu.device.createBindGroup({
        label: entryPoint,
        layout: pipeline.layout,
        entries,
      })
      const dispatch = { label: entryPoint, pipeline, bindGroup, workgroups, operands, needs }
      dispatches.set(bindGroup, dispatch)
      return dispatch
    },
  }
}

const dispatches = new WeakMap<GPUBindGroup, Dispatch>()

/** The dispatch that a bind group was made for. */
export const dispatchOf = (bindGroup: GPUBindGroup) => dispatches.get(bindGroup)

/** Waits until every pipeline bound so far is compiled; `onProgress` hears of each one. */
export async function compilePipelines(
  gpu: Gpu,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const pipelines = [...cacheOf(gpu).pipelines.values()]
  let done = 0
  await Promise.all(
    pipelines.map(({ compiled }) =>
      compiled.then(() => {
        done++
        onProgress?.(done, pipelines.length)
      }),
    ),
  )
}

/** Waits until the pipelines of these dispatches are compiled. */
export async function compileDispatches(dispatches: readonly Dispatch[]): Promise<void> {
  await Promise.all(dispatches.map(({ pipeline }) => pipeline.compiled))
}

/** Encodes dispatches, in order, for `work`; their pipelines must be compiled. */
export function encode(pass: GPUComputePassEncoder, program: readonly Dispatch[], work: Work) {
  let isTold = false
  for (const { label, pipeline, bindGroup, workgroups } of program) {
    if (!pipeline.compute) throw new Error(`${label} is not compiled yet`)
    const [x = 1, y = 1, z = 1] = typeof workgroups === 'function' ? workgroups(work) : workgroups
    if (x === 0) continue
    if (pipeline.takesImmediates && !isTold) {
      isTold = true // the pass keeps them for the pipelines that follow
      immediates.set([work.position, work.rows, work.headRow ?? 0])
      pass.setImmediates(0, immediates)
    }
    pass.setPipeline(pipeline.compute)
    pass.setBindGroup(0, bindGroup)
    pass.dispatchWorkgroups(x, y, z)
  }
}

/** `struct Immediates` of shaders/shared/step-immediates.wgsl; copied when it is set. */
const immediates = new Uint32Array(workBytes / 4)

interface ShaderModule {
  readonly module: GPUShaderModule
  readonly variables: readonly Variable[]
  readonly paramFields: readonly ParamField[]
  readonly layout: GPUBindGroupLayout
  readonly takesImmediates: boolean
}

interface ParamField {
  name: string
  type: 'u32' | 'i32' | 'f32'
}

/** Modules and pipelines of one device. */
interface Cache {
  readonly modules: Map<string, ShaderModule>
  readonly pipelines: Map<string, Pipeline>
}

const caches = new WeakMap<GPUDevice, Cache>()

function cacheOf(gpu: Gpu): Cache {
  const known = caches.get(gpu.device)
  if (known) return known
  const cache: Cache = { modules: new Map(), pipelines: new Map() }
  caches.set(gpu.device, cache)
  return cache
}

function shaderModule(gpu: Gpu, texts: readonly string[]): ShaderModule {
  const { modules } = cacheOf(gpu)
  const body = texts.join('\n')
  const known = modules.get(body)
  if (known) return known

  const enables = gpu.features.subgroups ? 'enable subgroups;\n' : ''
  const declarations = body.replace(/\/\/.*/g, '') // without comments
  const variables = parseVariables(declarations)
  const made: ShaderModule = {
    module: gpu.device.createShaderModule({ code: enables + body }),
    variables,
    paramFields: parseParams(declarations),
    takesImmediates: declarations.includes('var<immediate>'),
    layout: gpu.device.createBindGroupLayout({
      entries: variables.map(({ binding, space }) => ({
        binding,
        visibility: shaderStageCompute,
        buffer: { type: bufferType(space) },
      })),
    }),
  }
  modules.set(body, made)
  return made
}

function findPipeline(
  gpu: Gpu,
  { module, layout, takesImmediates }: ShaderModule,
  entryPoint: string,
  constants: Constants,
): Pipeline {
  const { pipelines, modules } = cacheOf(gpu)
  const moduleNumber = [...modules.values()].findIndex((known) => known.module === module)
  const key = `${moduleNumber} ${entryPoint} ${JSON.stringify(Object.entries(constants).sort())}`
  const known = pipelines.get(key)
  if (known) return known
  const pipeline: Pipeline = {
    compute: undefined,
    layout,
    takesImmediates,
    compiled: gpu.device
      .createComputePipelineAsync({
        label: entryPoint,
        layout: gpu.device.createPipelineLayout({
          bindGroupLayouts: [layout],
          ...(takesImmediates && { immediateSize: workBytes }),
        }),
        compute: { module, entryPoint, constants: { ...constants } },
      })
      .then((compute) => {
        pipeline.compute = compute
      }),
  }
  // Whoever awaits compilePipelines hears of a failure; until then it is not "unhandled".
  pipeline.compiled.catch(() => {})
  pipelines.set(key, pipeline)
  return pipeline
}

/** GPUShaderStage.COMPUTE; see `bufferUsage` for why it is not taken from the global. */
const shaderStageCompute = 0x4

function bufferType(space: string): GPUBufferBindingType {
  if (space === 'uniform') return 'uniform'
  return space.includes('read_write') ? 'storage' : 'read-only-storage'
}

const variablePattern = /@group\(0\)\s*@binding\((\d+)\)\s*var<([^>]+)>\s*(\w+)\s*:/g

function parseVariables(source: string): Variable[] {
  return [...source.matchAll(variablePattern)].map(([, binding, space = '', name = '']) => ({
    binding: Number(binding),
    space,
    name,
  }))
}

/** Fields of `struct Params`, each a 4-byte scalar, so that they lie one after another. */
function parseParams(source: string): ParamField[] {
  const body = /struct Params \{([^}]*)\}/.exec(source)?.[1] ?? ''
  return [...body.matchAll(/(\w+): (u32|i32|f32)\b/g)].map(([, name = '', type]) => ({
    name,
    type: type as ParamField['type'],
  }))
}

function paramsBuffer(
  gpu: Gpu,
  entryPoint: string,
  fields: readonly ParamField[],
  params: Readonly<Record<string, number>>,
): GPUBuffer {
  const view = new DataView(new ArrayBuffer(fields.length * 4))
  fields.forEach(({ name, type }, i) => {
    const value = params[name]
    if (value === undefined) throw new Error(`${entryPoint}: no value for param ${name}`)
    if (type === 'f32') view.setFloat32(4 * i, value, true)
    else if (type === 'i32') view.setInt32(4 * i, value, true)
    else view.setUint32(4 * i, value, true)
  })
  const buffer = gpu.device.createBuffer({
    label: `${entryPoint} params`,
    size: view.byteLength,
    usage: bufferUsage.uniform | bufferUsage.copyTarget,
  })
  gpu.device.queue.writeBuffer(buffer, 0, view.buffer)
  return buffer
}

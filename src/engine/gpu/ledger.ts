import { bufferUsage } from './flags'
import { type Dispatch, dispatchOf, type Uniform, type Work } from './kernel'

/** What one submission asked of the device; what the host did since the one before counts with it. */
export interface Submission {
  readonly work: Work
  passes: number
  dispatches: number
  /**
   * Buffers, bind groups, pipelines, layouts, modules. The encoder, its pass and the command buffer
   * are not counted: WebGPU has them made anew for every submission.
   */
  objectsCreated: number
  /** Writes of the host into buffers. */
  writes: number
  writtenBytes: number
  /** Handed to kernels with the commands. */
  immediateBytes: number
  /** Copied to where the host reads. */
  readbackBytes: number
  /** Sizes of all variables bound, for each dispatch anew. */
  boundBytes: number
  /** Bytes that dispatches must read or write at least once (`Needs`), by the buffer's label. */
  neededBytes: Map<string, number>
  /** From the host's first command to the return of `submit`; it awaits nothing between. */
  hostMs: number
}

/** The counts of a device, submission by submission. */
export interface Ledger {
  readonly submissions: readonly Submission[]
  /** Leaves the device as it was. */
  close(): void
}

const creators = [
  'createBuffer',
  'createTexture',
  'createSampler',
  'createQuerySet',
  'createShaderModule',
  'createBindGroupLayout',
  'createPipelineLayout',
  'createBindGroup',
  'createComputePipeline',
  'createComputePipelineAsync',
] as const

/**
 * Counts from now on what crosses the API of a device, whoever calls it. What of its operands a
 * dispatch needs, its kernel says.
 * @param step the uniform whose first words are the position and the rows of a submission's work, where these
 * are no immediates
 */
export function openLedger(device: GPUDevice, step: Uniform): Ledger {
  const submissions: Submission[] = []
  let position = 0
  let rows = 0
  let current = noCounts()
  let startedAt: number | undefined
  const start = () => {
    startedAt ??= performance.now()
  }

  const { queue } = device
  const restore = [
    ...creators.map((name) => observe(device, name, () => current.objectsCreated++)),
    observe(queue, 'writeBuffer', ([buffer, , data]) => {
      start()
      current.writes++
      current.writtenBytes += data.byteLength
      if (buffer === step.uniform) [position, rows] = data as unknown as [number, number]
    }),
    observe(device, 'createCommandEncoder', start, (encoder) => watchEncoder(encoder)),
    observe(
      queue,
      'submit',
      () => {},
      () => {
        const hostMs = performance.now() - (startedAt ?? 0)
        submissions.push({ ...current, work: { position, rows }, hostMs })
        current = noCounts()
        startedAt = undefined
      },
    ),
  ]

  function watchEncoder(encoder: GPUCommandEncoder) {
    observe(encoder, 'copyBufferToBuffer', (args) => {
      const [, , target, , byteLength] = args as [GPUBuffer, number, GPUBuffer, number, number]
      if (target.usage & bufferUsage.mapRead) current.readbackBytes += byteLength
    })
    observe(
      encoder,
      'beginComputePass',
      () => current.passes++,
      (pass) => watchPass(pass),
    )
  }

  function watchPass(pass: GPUComputePassEncoder) {
    let bound: Dispatch | undefined
    observe(pass, 'setImmediates', ([, data]) => {
      current.immediateBytes += data.byteLength
      ;[position, rows] = data as unknown as [number, number]
    })
    observe(pass, 'setBindGroup', ([, bindGroup]) => {
      bound = bindGroup ? dispatchOf(bindGroup) : undefined
    })
    observe(pass, 'dispatchWorkgroups', () => {
      current.dispatches++
      if (!bound) return
      const needed = bound.needs({ position, rows })
      for (const { name, buffer } of bound.operands) {
        current.boundBytes += buffer.size
        const bytes = needed[name] ?? buffer.size
        const { neededBytes } = current
        neededBytes.set(buffer.label, (neededBytes.get(buffer.label) ?? 0) + bytes)
      }
    })
  }

  return {
    submissions,
    close() {
      for (const undo of restore) undo()
    },
  }
}

const noCounts = (): Omit<Submission, 'work' | 'hostMs'> => ({
  passes: 0,
  dispatches: 0,
  objectsCreated: 0,
  writes: 0,
  writtenBytes: 0,
  immediateBytes: 0,
  readbackBytes: 0,
  boundBytes: 0,
  neededBytes: new Map(),
})

type Method = (...args: never[]) => unknown

/** Calls `before` and `after` around a method of one object; returns what puts the method back. */
function observe<T extends object, K extends keyof T>(
  target: T,
  name: K,
  before: (args: T[K] extends Method ? Parameters<T[K]> : never) => void,
  after: (result: T[K] extends Method ? ReturnType<T[K]> : never) => void = () => {},
): () => void {
  const method = target[name] as Method
  const observed = (...args: never[]) => {
    before(args as Parameters<typeof before>[0])
    const result = method.apply(target, args)
    after(result as Parameters<typeof after>[0])
    return result
  }
  Object.defineProperty(target, name, { value: observed, configurable: true })
  return () => Reflect.deleteProperty(target, name)
}

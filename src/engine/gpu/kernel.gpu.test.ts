import { describe, expect, it } from 'vitest'
import { openTestGpu } from '../testing/gpu'
import { compilePipelines, defineKernel, encode, type Work } from './kernel'
import { openLedger } from './ledger'

const gpu = await openTestGpu()

/** y[i] = x[i] · factor + offset + ROUNDS, for the rows of the step. */
const source = `
override ROUNDS: u32 = 1;
struct Params {
  factor: f32,  // size: u32 would be a field, were this no comment
  offset: i32,
  count: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(4)
fn scale(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.count) {
    let i = id.y * params.count + id.x;
    y[i] = x[i] * params.factor + f32(params.offset) + f32(ROUNDS) + f32(step.position);
  }
}`
const stepText = 'struct Step { position: u32, rows: u32, head_row: u32 }'
const kernel = defineKernel('scale', () => [source, stepText])

const params = { factor: 0.5, offset: -3, count: 6 }
const workgroups = ({ rows }: Work) => [2, rows]

const tensors = () => ({
  x: gpu.f32([3, 6], Array(18).fill(8)),
  y: gpu.f32([3, 6]),
  step: gpu.step({ position: 100 }),
})

describe('defineKernel', () => {
  it('binds variables, params and constants by their WGSL names', async () => {
    const bound = tensors()
    const constants = { ROUNDS: 7 }
    await gpu.run(kernel.bind(gpu, { tensors: bound, params, constants, workgroups }), 3)
    expect([...(await gpu.readF32(bound.y))]).toEqual(Array(18).fill(4 - 3 + 7 + 100))
  })

  it('starts as many workgroups as the rows of a submission ask for', async () => {
    const bound = tensors()
    await gpu.run(kernel.bind(gpu, { tensors: bound, params, workgroups }), 2)
    const value = 4 - 3 + 1 + 100
    expect([...(await gpu.readF32(bound.y))]).toEqual([
      ...Array(12).fill(value),
      ...Array(6).fill(0),
    ])
  })

  it('leaves out a dispatch that the work asks for no workgroups of', async () => {
    const bound = tensors()
    const late = ({ position }: Work) => [position < 100 ? 0 : 2, 3]
    const dispatch = kernel.bind(gpu, { tensors: bound, params, workgroups: late })
    const ledger = openLedger(gpu.device, bound.step)
    await gpu.run(dispatch, 3, 99)
    expect([...(await gpu.readF32(bound.y))]).toEqual(Array(18).fill(0))
    await gpu.run(dispatch, 3, 100)
    ledger.close()
    expect(ledger.submissions.map(({ dispatches }) => dispatches)).toEqual([0, 0, 1])
    expect((await gpu.readF32(bound.y))[0]).toBe(102)
  })

  it('keeps params of one dispatch apart from those of another', async () => {
    const [one, other] = [tensors(), tensors()]
    const bind = (bound: typeof one, offset: number) =>
      kernel.bind(gpu, { tensors: bound, params: { ...params, offset }, workgroups: [2, 3] })
    await gpu.run([bind(one, 0), bind(other, 50)])
    expect((await gpu.readF32(one.y))[0]).toBe(105)
    expect((await gpu.readF32(other.y))[0]).toBe(155)
  })

  it('compiles a text once for the same constants', () => {
    const bind = (constants?: Record<string, number>) =>
      kernel.bind(gpu, { tensors: tensors(), params, workgroups, ...(constants && { constants }) })
    expect(bind().pipeline).toBe(bind().pipeline)
    expect(bind({ ROUNDS: 2 }).pipeline).toBe(bind({ ROUNDS: 2 }).pipeline)
    expect(bind({ ROUNDS: 2 }).pipeline).not.toBe(bind({ ROUNDS: 3 }).pipeline)
  })

  it('names a variable that nothing is bound to', () => {
    const { x, step } = tensors()
    expect(() => kernel.bind(gpu, { tensors: { x, step }, params, workgroups })).toThrow(
      'scale: nothing is bound to y',
    )
  })

  it('names a tensor that no variable takes', () => {
    const bound = { ...tensors(), bias: gpu.f32([6]) }
    expect(() => kernel.bind(gpu, { tensors: bound, params, workgroups })).toThrow(
      'scale has no variable bias',
    )
  })

  it('names a param that has no value', () => {
    const { factor, offset } = params
    const bindings = { tensors: tensors(), params: { factor, offset }, workgroups }
    expect(() => kernel.bind(gpu, bindings)).toThrow('scale: no value for param count')
  })
})

describe('compilePipelines', () => {
  it('tells of each pipeline as it is done, and of all of them at last', async () => {
    const fresh = await openTestGpu()
    for (const ROUNDS of [1, 2, 3])
      kernel.bind(fresh, {
        tensors: { x: fresh.f32([6]), y: fresh.f32([6]), step: fresh.step() },
        params,
        constants: { ROUNDS },
        workgroups,
      })
    const heard: string[] = []
    await compilePipelines(fresh, (done, total) => heard.push(`${done}/${total}`))
    expect(heard).toEqual(['1/3', '2/3', '3/3'])
  })

  it('fails for a text that does not compile', async () => {
    const fresh = await openTestGpu()
    const broken = defineKernel('broken', () => [
      '@compute @workgroup_size(1) fn broken() { x = 1; }',
    ])
    broken.bind(fresh, { tensors: {}, workgroups: [1] })
    await expect(compilePipelines(fresh)).rejects.toThrow()
  })
})

describe('encode', () => {
  it('tells kernels that have immediates what the work is, once a pass', async () => {
    const told = defineKernel('told', () => [
      `
      struct Immediates { position: u32, rows: u32, head_row: u32 }
      var<immediate> immediates: Immediates;
      @group(0) @binding(0) var<storage, read_write> y: array<u32>;
      @compute @workgroup_size(1) fn told() {
        y[0] = immediates.position;
        y[1] = immediates.rows;
        y[2] = immediates.head_row;
      }`,
    ])
    const [first, second] = [gpu.u32([3]), gpu.u32([3])]
    const program = [
      told.bind(gpu, { tensors: { y: first }, workgroups: [1] }),
      kernel.bind(gpu, { tensors: tensors(), params, workgroups }),
      told.bind(gpu, { tensors: { y: second }, workgroups: [1] }),
    ]
    await compilePipelines(gpu)
    const ledger = openLedger(gpu.device, gpu.step())
    const encoder = gpu.device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    encode(pass, program, { position: 70_000, rows: 5, headRow: 4 })
    pass.end()
    gpu.device.queue.submit([encoder.finish()])
    ledger.close()
    expect([...(await gpu.readU32(first))]).toEqual([70_000, 5, 4])
    expect([...(await gpu.readU32(second))]).toEqual([70_000, 5, 4])
    const [submission] = ledger.submissions
    expect(submission).toMatchObject({ dispatches: 3, immediateBytes: 12, writtenBytes: 0 })
    expect(submission?.work).toEqual({ position: 70_000, rows: 5 })
  })

  it('refuses a dispatch whose pipeline is not compiled', async () => {
    const fresh = await openTestGpu()
    const dispatch = kernel.bind(fresh, {
      tensors: { x: fresh.f32([6]), y: fresh.f32([6]), step: fresh.step() },
      params,
      workgroups,
    })
    const pass = fresh.device.createCommandEncoder().beginComputePass()
    expect(() => encode(pass, [dispatch], { position: 0, rows: 1 })).toThrow(
      'scale is not compiled yet',
    )
  })
})

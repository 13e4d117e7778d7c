import { expect, test } from '@playwright/test'
import { openWithModule } from './engine-module'

declare global {
  /** Answers that the device which stays open has given. */
  var answers: number
}

for (const state of ['at work', 'submitting once more'])
  test(`a device that is destroyed ${state} does not hold its thread up`, async ({
    page,
    baseURL,
  }) => {
    await openWithModule(page, baseURL, 'gpu/device.ts')

    const computingMs = await page.evaluate(async (state) => {
      const path = './module.js'
      const { openGpu }: typeof import('../src/engine/gpu/device') = await import(path)
      const compute = (device: GPUDevice) => {
        const code = `@group(0) @binding(0) var<storage, read_write> x: array<u32>;
        @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
          var value = id.x;
          for (var i = 0; i < 20000; i++) { value = value * 1664525 + 1013904223; }
          x[id.x] = value;
        }`
        const module = device.createShaderModule({ code })
        const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } })
        const buffer = device.createBuffer({ size: 65536, usage: GPUBufferUsage.STORAGE })
        const bindGroup = device.createBindGroup({
          layout: pipeline.getBindGroupLayout(0),
          entries: [{ binding: 0, resource: { buffer } }],
        })
        const encoder = device.createCommandEncoder()
        const pass = encoder.beginComputePass()
        pass.setPipeline(pipeline)
        pass.setBindGroup(0, bindGroup)
        pass.dispatchWorkgroups(256)
        pass.end()
        device.queue.submit([encoder.finish()])
      }

      const { device: staying } = await openGpu(navigator.gpu)
      const startedMs = performance.now()
      compute(staying)
      await staying.queue.onSubmittedWorkDone()
      const computingMs = performance.now() - startedMs

      const abandon = async () => {
        const { device } = await openGpu(navigator.gpu)
        if (state === 'at work') compute(device)
        device.destroy()
        if (state === 'at work') return
        // The GPU's process has no time to answer.
        const usage = GPUBufferUsage.STORAGE
        for (let i = 0; i < 8; i++) staying.createBuffer({ size: 2 ** 28 - 4, usage }).destroy()
        setTimeout(() => compute(device))
      }
      await abandon()

      globalThis.answers = 0
      setInterval(async () => {
        staying.pushErrorScope('validation')
        await staying.popErrorScope()
        globalThis.answers++
      }, 20)
      return computingMs
    }, state)

    const devTools = await page.context().newCDPSession(page)
    const endMs = Date.now() + 3 * computingMs + 3000
    while (Date.now() < endMs) {
      await devTools.send('HeapProfiler.collectGarbage')
      await page.waitForTimeout(20)
    }
    const answers = await page.evaluate(() => globalThis.answers)
    await expect.poll(() => page.evaluate(() => globalThis.answers)).toBeGreaterThan(answers)
  })

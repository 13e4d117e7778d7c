import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { encode } from '../gpu/kernel'
import { maxDifference } from '../testing/closeness'
import { readGoldenValues, readJson, tinyFolder } from '../testing/golden'
import { openTestGpu } from '../testing/gpu'
import { openCheckpoint } from '../weights/checkpoint'
import { createFileSource } from '../weights/file-source'
import { parseConfig } from './config'
import { loadModel } from './load'

describe('forward', () => {
  it('tiny', async () => {
    const gpu = await openTestGpu()
    const checkpoint = await openCheckpoint(
      createFileSource(
        readdirSync(tinyFolder).map((n) => new File([readFileSync(new URL(n, tinyFolder))], n)),
      ),
    )
    const config = parseConfig(checkpoint.config)
    const model = await loadModel(gpu, config, checkpoint.tensors, { contextTokens: 512 })
    const golden = readGoldenValues(new URL('golden.safetensors', tinyFolder))
    for (const name of ['single', 'short', 'long']) {
      const tokens = [...golden(`${name}.tokens`)]
      const { forward } = model
      let position = 0
      let worst = 0
      const logits = golden(`${name}.logits`)
      while (position < tokens.length) {
        const chunk = tokens.slice(position, position + forward.chunkTokens)
        gpu.device.queue.writeBuffer(forward.activations.tokens.buffer, 0, Uint32Array.from(chunk))
        forward.setStep({ position, rows: chunk.length, headRow: 0 })
        await gpu.run(
          [...forward.prefill.embedding, ...forward.prefill.layers.flat()],
          chunk.length,
        )
        for (let row = 0; row < chunk.length; row++) {
          forward.setStep({ position, rows: chunk.length, headRow: row })
          await gpu.run(forward.head, 1)
          const got = await gpu.readF32(forward.activations.logits)
          worst = Math.max(
            worst,
            maxDifference(
              got,
              logits.subarray(
                (position + row) * config.vocabSize,
                (position + row + 1) * config.vocabSize,
              ),
            ),
          )
        }
        position += chunk.length
      }
      console.log(name, gpu.adapter.description, gpu.features, 'prefill', worst)
      worst = 0
      for (let p = 0; p < tokens.length; p++) {
        gpu.device.queue.writeBuffer(
          forward.activations.tokens.buffer,
          0,
          Uint32Array.of(tokens[p] as number),
        )
        forward.setStep({ position: p, rows: 1, headRow: 0 })
        await gpu.run(
          [...forward.decode.embedding, ...forward.decode.layers.flat(), ...forward.head],
          1,
        )
        const got = await gpu.readF32(forward.activations.logits)
        worst = Math.max(
          worst,
          maxDifference(got, logits.subarray(p * config.vocabSize, (p + 1) * config.vocabSize)),
        )
      }
      console.log(name, 'decode', worst)
    }
  })
})

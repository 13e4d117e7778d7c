import { readdirSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { createFsSource } from '../../../tools/fs-source'
import { createGenerator } from '../generate/generate'
import { readModel } from '../read-model'
import * as reference from '../reference'
import { expectClose } from '../testing/closeness'
import { asCached } from '../testing/f16'
import { type DenseType, ggufFiles, joinPieces, type SourceTokenizer } from '../testing/gguf-file'
import { evalCase, miniModelFolder, readJson, readTable } from '../testing/golden'
import { openTestGpu } from '../testing/gpu'
import { memorySource } from '../testing/memory-source'
import { type FileTensor, readSafetensors } from '../testing/safetensors-file'
import { openCheckpoint } from '../weights/checkpoint'
import type { ShardSource } from '../weights/shard-source'
import { loadModel } from './load'

const gpu = await openTestGpu()
afterAll(() => gpu.device.destroy())

const GGUF = 'model.gguf'
const tokens = evalCase('mini-showcase-01').prompt_tokens.slice(0, 24)

/** The bundled model as a GGUF. */
function miniGguf(dense: DenseType): ShardSource {
  const tensors = new Map<string, FileTensor>()
  for (const file of readdirSync(miniModelFolder).filter((name) => name.endsWith('.safetensors')))
    for (const [name, tensor] of readSafetensors(new URL(file, miniModelFolder)))
      tensors.set(name, tensor)
  const checkpoint = {
    config: readJson<Record<string, unknown>>(new URL('config.json', miniModelFolder)),
    tokenizer: readJson<SourceTokenizer>(new URL('tokenizer.json', miniModelFolder)),
    read: (name: string, begin: number, end: number) =>
      (tensors.get(name) as FileTensor).bytes.subarray(begin, end),
  }
  const pieces = ggufFiles(checkpoint, { dense }).get(GGUF) ?? []
  return memorySource(new Map([[GGUF, joinPieces(pieces)]]), { pieceBytes: 100_003 })
}

async function open(source: ShardSource, gguf?: string) {
  const checkpoint = await openCheckpoint(source, { gguf })
  return { checkpoint, ...readModel(checkpoint) }
}

/** f32 [tokens, vocabulary], by prefill's kernels and then by decode's. */
async function logits({ checkpoint, config }: Awaited<ReturnType<typeof open>>) {
  const model = await loadModel(gpu, config, checkpoint.tensors, { contextTokens: tokens.length })
  const { session } = await createGenerator(gpu, model.forward, config.vocabSize)
  const values: Record<'prefill' | 'decode', number[]> = { prefill: [], decode: [] }
  for (const kernels of ['prefill', 'decode'] as const)
    for await (const row of session.logits(tokens, kernels)) values[kernels].push(...row)
  model.destroy()
  return values
}

describe('the bundled model as a GGUF', () => {
  it.each<DenseType>(['BF16', 'F32'])(
    'gives the logits that it gives as safetensors, bit for bit: %s',
    async (dense) => {
      const safetensors = await open(createFsSource(miniModelFolder.pathname))
      const gguf = await open(miniGguf(dense), GGUF)
      expect(gguf.config).toEqual(safetensors.config)
      expect(await logits(gguf)).toEqual(await logits(safetensors))
    },
  )

  it.each<DenseType>(['F16', 'Q8_0'])(
    'gives the logits of the reference for what the file holds: %s',
    async (dense) => {
      const gguf = await open(miniGguf(dense), GGUF)
      const read = await readTable(gguf.checkpoint.tensors)
      const expected = reference.forward(gguf.config, read, tokens, undefined, asCached)
      const shape = [tokens.length, gguf.config.vocabSize]
      for (const values of Object.values(await logits(gguf))) {
        expectClose(values, expected, { absolute: 2e-3 }, shape)
      }
    },
  )
})

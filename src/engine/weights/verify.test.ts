import { expect, it, onTestFinished, vi } from 'vitest'
import { verifyPieces } from './verify'

const model = {
  model: 'tiny',
  files: [{ name: 'a.safetensors', byteLength: 32, pieces: new Set([0, 1]) }],
  pieceBytes: 16,
  storedBytes: 32,
  totalBytes: 32,
  completedAt: 1,
  publication: undefined,
}

it.each([
  { where: 'the next piece is found', next: () => {} },
  {
    where: 'the next piece is not',
    next() {
      throw new DOMException('lost', 'UnknownError')
    },
  },
])('leaves a failure to hash to its caller, where $where', async ({ next }) => {
  const failed = new DOMException('out of memory', 'OperationError')
  vi.stubGlobal('crypto', { subtle: { digest: () => Promise.reject(failed) } })
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  onTestFinished(() => void process.off('unhandledRejection', unhandled))

  const verifying = verifyPieces(model, async ({ piece }) => {
    if (piece === 1) {
      // By then Node has asked whether anybody handles what has failed.
      await new Promise((resolve) => setImmediate(resolve))
      next()
    }
    return { blob: new Blob([new Uint8Array(16)]), sha256: 'a hash' }
  })
  await expect(verifying).rejects.toBeInstanceOf(DOMException)
  expect(unhandled).not.toHaveBeenCalled()
})

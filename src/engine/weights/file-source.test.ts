import { describe, expect, it } from 'vitest'
import { collect, failure, tinyFiles } from '../testing/memory-source'
import { findGguf, openCheckpoint } from './checkpoint'
import { createFileSource } from './file-source'

/** A file as a browser's folder picker hands it out. */
function pickedFile(path: string, content: BlobPart): File {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return Object.defineProperty(new File([content], name), 'webkitRelativePath', { value: path })
}

describe('createFileSource', () => {
  it('opens files that were picked one by one', async () => {
    const files = Array.from(tinyFiles(), ([name, bytes]) => new File([bytes], name))
    const { tensors } = await openCheckpoint(createFileSource(files))
    expect(tensors.size).toBe(79)
  })

  it('takes the outermost checkpoint of a picked folder', async () => {
    const files = [
      pickedFile('models/gpt-oss-20b/older/config.json', 'inner'),
      pickedFile('models/gpt-oss-20b/config.json', 'outermost'),
      pickedFile('models/README.md', 'x'),
    ]
    const source = createFileSource(files)
    expect(await source.byteLength('config.json')).toBe('outermost'.length)
    expect(source.names).toEqual(['older/config.json', 'config.json'])
  })

  it('leaves out the other formats of the same model', async () => {
    const files = [
      pickedFile('gpt-oss-20b/original/config.json', 'x'),
      pickedFile('gpt-oss-20b/original/model.safetensors', 'x'),
      pickedFile('gpt-oss-20b/metal/model.bin', 'x'),
    ]
    expect(createFileSource(files).names).toEqual([])
    const whole = [...files, pickedFile('gpt-oss-20b/config.json', 'outermost')]
    const source = createFileSource(whole)
    expect(source.names).toEqual(['config.json'])
    expect(await source.byteLength('config.json')).toBe('outermost'.length)
  })

  it('takes paths from names, as a page gives them to the files of a folder it may read', async () => {
    const files = [
      new File(['{}'], 'gpt-oss-20b/config.json'),
      new File(['weights'], 'gpt-oss-20b/weights/model.safetensors'),
    ]
    const source = createFileSource(files)
    expect(await source.byteLength('weights/model.safetensors')).toBe(7)
  })

  it.each([
    { picked: 'a file', path: '', name: 'gpt-oss-20b-Q8_0.gguf' },
    {
      picked: 'a folder',
      path: 'models/gpt-oss-20b-Q8_0.gguf',
      name: 'models/gpt-oss-20b-Q8_0.gguf',
    },
  ])('finds a GGUF in $picked', async ({ path, name }) => {
    const file = path === '' ? new File(['GGUF'], name) : pickedFile(path, 'GGUF')
    const source = createFileSource([file])
    expect(findGguf(source.names)).toBe(name)
    expect(await source.byteLength(name)).toBe(4)
  })

  it('reads a part', async () => {
    const source = createFileSource([new File([Uint8Array.of(0, 1, 2, 3, 4)], 'x')])
    expect(await collect(source.read('x', 1, 4))).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('names what is missing and what is too short', async () => {
    const source = createFileSource([new File(['12345'], 'x')])
    expect(await failure(source.byteLength('config.json'))).toEqual({
      code: 'file-missing',
      file: 'config.json',
      neededBy: 'the files picked',
    })
    expect(await failure(collect(source.read('x', 2, 9)))).toEqual({
      code: 'file-truncated',
      file: 'x',
      expectedBytes: 9,
      receivedBytes: 5,
    })
  })

  it.each(['NotReadableError', 'NotFoundError'])(
    'says when a file was changed or moved since it was picked: %s',
    async (name) => {
      const file = new File(['12345'], 'x')
      // What browsers do when the file on disk is no longer the one that was picked.
      const slice = () => ({
        arrayBuffer: () => Promise.reject(new DOMException('changed', name)),
      })
      const source = createFileSource([Object.defineProperty(file, 'slice', { value: slice })])
      expect(await failure(collect(source.read('x', 0, 5)))).toMatchObject({
        code: 'file-invalid',
        file: 'x',
        problem: expect.stringContaining('since it was picked'),
      })
    },
  )

  it('stops when cancelled', async () => {
    const source = createFileSource([new File(['12345'], 'x')])
    expect(await failure(collect(source.read('x', 0, 5, AbortSignal.abort())))).toEqual({
      code: 'cancelled',
    })
  })
})

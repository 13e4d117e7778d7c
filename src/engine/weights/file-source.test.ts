import { describe, expect, it } from 'vitest'
import { collect, failure, tinyFiles } from '../testing/memory-source'
import { openCheckpoint } from './checkpoint'
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
      pickedFile('gpt-oss-20b/original/config.json', 'inner'),
      pickedFile('gpt-oss-20b/config.json', 'outermost'),
      pickedFile('gpt-oss-20b/metal/config.json', 'inner'),
    ]
    const source = createFileSource(files)
    expect(await source.byteLength('config.json')).toBe('outermost'.length)
    expect(await source.byteLength('original/config.json')).toBe('inner'.length)
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

  it('says when a file was changed since it was picked', async () => {
    const file = new File(['12345'], 'x')
    // What browsers do when the file on disk is no longer the one that was picked.
    const slice = () => ({
      arrayBuffer: () => Promise.reject(new DOMException('changed', 'NotReadableError')),
    })
    const source = createFileSource([Object.defineProperty(file, 'slice', { value: slice })])
    expect(await failure(collect(source.read('x', 0, 5)))).toMatchObject({
      code: 'file-invalid',
      file: 'x',
      problem: expect.stringContaining('since it was picked'),
    })
  })

  it('stops when cancelled', async () => {
    const source = createFileSource([new File(['12345'], 'x')])
    expect(await failure(collect(source.read('x', 0, 5, AbortSignal.abort())))).toEqual({
      code: 'cancelled',
    })
  })
})

import { describe, expect, it } from 'vitest'
import { checkpointFiles, pickOf } from './picks'

const at = (...paths: string[]) =>
  paths.map((path) => ({ path, file: new File(['x'], path.split('/').at(-1) ?? '') }))
const names = (files: readonly File[]) => files.map(({ name }) => name)

describe('the checkpoint in a pick', () => {
  it('is the outermost folder that has a config.json, without its copies further in', () => {
    const files = at(
      'gpt-oss-20b/original/config.json',
      'gpt-oss-20b/original/model.safetensors',
      'gpt-oss-20b/config.json',
      'gpt-oss-20b/model.safetensors',
    )
    const chosen = checkpointFiles(files)
    expect(chosen).toEqual([files[2]?.file, files[3]?.file])
  })

  it('is found a folder further in', () => {
    expect(names(checkpointFiles(at('models/.cache/x', 'models/20b/config.json')))).toEqual([
      'config.json',
    ])
  })

  it('is the GGUF where there is no config.json', () => {
    expect(names(checkpointFiles(at('d/readme.md', 'd/q/m.gguf')))).toEqual(['m.gguf'])
  })

  it('is whatever lies outermost where there is neither, so that what is missing can be named', () => {
    expect(names(checkpointFiles(at('d/e/deep.txt', 'd/notes.txt')))).toEqual(['notes.txt'])
    expect(checkpointFiles([])).toEqual([])
  })
})

it('a pick is called as its folder is, or as its file', () => {
  expect(pickOf(at('gpt-oss-20b/config.json')).name).toBe('picked:gpt-oss-20b')
  expect(pickOf(at('m.gguf')).name).toBe('picked:m.gguf')
})

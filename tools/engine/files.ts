import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { EngineError } from '../../src/engine/errors'
import { invalid } from './options'

/** @throws EngineError `request-invalid` when the file cannot be read */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw unusable(file, 'read', error)
  }
}

/**
 * Finds out before anything is computed whether the result will have a place.
 * @throws EngineError `request-invalid`
 */
export function checkOutput(file: string) {
  try {
    accessSync(dirname(file), constants.W_OK)
  } catch (error) {
    throw unusable(file, 'written', error)
  }
}

/**
 * Writes a file wholly or leaves none.
 * @throws EngineError `request-invalid`
 */
export function writeOutput(file: string, bytes: Uint8Array) {
  try {
    const handle = openSync(file, 'w')
    try {
      writeFileSync(handle, bytes)
    } catch (error) {
      rmSync(file)
      throw error
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    throw unusable(file, 'written', error)
  }
}

/** @throws EngineError `file-invalid` */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new EngineError({
      code: 'file-invalid',
      file,
      problem: `is not JSON: ${(error as Error).message}`,
    })
  }
}

/** For a file that the file system refuses; its reason is like "ENOENT: no such file or directory". */
const unusable = (file: string, use: 'read' | 'written', reason: unknown) =>
  invalid(`${file} cannot be ${use}: ${(reason as Error).message}`)

import { EngineError } from '../errors'
import { isUnreadable, readBlob } from './blob'
import { fileInvalid } from './file-content'
import { release } from './release'
import { type ShardSource, throwIfCancelled } from './shard-source'

const CONFIG = 'config.json'

/** Folders in OpenAI's repositories that hold the same model in formats other than this one. */
const OTHER_FORMATS = new Set(['original', 'metal'])

export interface FileSource extends ShardSource {
  /** The files there are, by their paths in the checkpoint's folder. */
  readonly names: readonly string[]
}

/**
 * A checkpoint among files that the user picked or dropped, read in place.
 *
 * A picked folder comes as files with paths, in `webkitRelativePath` or as their names; the
 * checkpoint is the outermost folder that has a config.json, or all that was picked where there is
 * none. What lies in original/ and metal/ is left out.
 */
export function createFileSource(files: Iterable<File>): FileSource {
  const picked = Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, file }))
  const folder = outermostFolder(picked.map(({ path }) => path).filter(isThisFormat))
  const inFolder = new Map(
    picked.flatMap(({ path, file }) => {
      const name = path.slice(folder.length)
      return path.startsWith(folder) && isThisFormat(name) ? [[name, file] as const] : []
    }),
  )

  const find = (name: string) => {
    const file = inFolder.get(name)
    if (file === undefined) {
      throw new EngineError({ code: 'file-missing', file: name, neededBy: 'the files picked' })
    }
    return file
  }

  return {
    names: [...inFolder.keys()],

    async byteLength(name) {
      return find(name).size
    },

    async *read(name, begin, end, signal) {
      const file = find(name)
      throwIfCancelled(signal)
      if (end > file.size) {
        throw new EngineError({
          code: 'file-truncated',
          file: name,
          expectedBytes: end,
          receivedBytes: file.size,
        })
      }
      try {
        for await (const bytes of readBlob(file, begin, end, signal)) {
          yield bytes
          release(bytes)
        }
      } catch (error) {
        if (!isUnreadable(error)) throw error
        throw fileInvalid(name, 'was changed, moved or locked since it was picked')
      }
    },
  }
}

function isThisFormat(path: string): boolean {
  return !path
    .split('/')
    .slice(0, -1)
    .some((folder) => OTHER_FORMATS.has(folder))
}

/** Folder of the config.json with the fewest folders above it, with its last slash. */
function outermostFolder(paths: Iterable<string>): string {
  const folders = Array.from(paths)
    .filter((path) => path === CONFIG || path.endsWith(`/${CONFIG}`))
    .map((path) => path.slice(0, -CONFIG.length))
    .sort((a, b) => a.split('/').length - b.split('/').length)
  return folders[0] ?? ''
}

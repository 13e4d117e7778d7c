import { EngineError } from '../errors'
import { isUnreadable, readBlob } from './blob'
import { fileInvalid } from './file-content'
import { type ShardSource, throwIfCancelled } from './shard-source'

const CONFIG = 'config.json'

/**
 * A checkpoint among files that the user picked or dropped, read in place.
 *
 * A picked folder comes as files with paths; the checkpoint is the outermost folder that has a
 * config.json.
 */
export function createFileSource(files: Iterable<File>): ShardSource {
  const paths = new Map(Array.from(files, (file) => [file.webkitRelativePath || file.name, file]))
  const folder = outermostFolder(paths.keys())

  const find = (name: string) => {
    const file = paths.get(folder + name)
    if (file === undefined) {
      throw new EngineError({ code: 'file-missing', file: name, neededBy: 'the files picked' })
    }
    return file
  }

  return {
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
        yield* readBlob(file, begin, end, signal)
      } catch (error) {
        if (!isUnreadable(error)) throw error
        throw fileInvalid(name, 'was changed, moved or locked since it was picked')
      }
    },
  }
}

/** Folder of the config.json with the fewest folders above it, with its last slash. */
function outermostFolder(paths: Iterable<string>): string {
  const folders = Array.from(paths)
    .filter((path) => path === CONFIG || path.endsWith(`/${CONFIG}`))
    .map((path) => path.slice(0, -CONFIG.length))
    .sort((a, b) => a.split('/').length - b.split('/').length)
  return folders[0] ?? ''
}

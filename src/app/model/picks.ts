import { createStore, del, entries, set } from 'idb-keyval'
import { EngineError } from '../../engine/errors'

/** A file, and where it lay below what was picked: `folder/config.json`. */
export interface PickedFile {
  path: string
  file: File
}

/** Model files that a person picked or dropped, to be read where they lie. */
export interface Pick {
  /** What the model is called in the list, and by the engine. */
  name: string
  files: readonly File[]
  /** Leads to the same files in a later visit; empty where the browser has no such thing. */
  handles: readonly FileSystemHandle[]
}

/** The picks of this visit and, where the browser can, of earlier ones. */
export interface Picks {
  /** Finds the picks of earlier visits, and gives their names. */
  restore(): Promise<readonly string[]>
  /** True when the files can be read without asking anybody. */
  isOpen(name: string): boolean
  /**
   * The files of a pick; those of an earlier visit may be asked for, so call it in a click.
   * @throws EngineError `cancelled` where the person says no, `file-missing` where the files are gone
   */
  open(name: string): Promise<readonly File[]>
  /** @returns true when the pick will be there on the next visit */
  add(pick: Pick): Promise<boolean>
  remove(name: string): Promise<void>
}

/** Handles may ask for permission, in browsers that keep them; TypeScript's DOM does not know it. */
interface AskingHandle extends FileSystemHandle {
  queryPermission?(options: { mode: 'read' }): Promise<PermissionState>
  requestPermission?(options: { mode: 'read' }): Promise<PermissionState>
}

type Permission = 'queryPermission' | 'requestPermission'

/** Files live as long as the page; handles outlive it, in a database of their own. */
export function createPicks(): Picks {
  const open = new Map<string, readonly File[]>()
  const kept = new Map<string, readonly FileSystemHandle[]>()
  const granted = new Set<string>()
  const database = () => createStore('alcove-picks', 'handles')

  async function isGranted(handles: readonly FileSystemHandle[], by: Permission) {
    for (const handle of handles as readonly AskingHandle[]) {
      const state = (await handle[by]?.({ mode: 'read' })) ?? 'granted'
      if (state !== 'granted') return false
    }
    return true
  }

  return {
    async restore() {
      try {
        for (const [name, handles] of await entries<string, FileSystemHandle[]>(database())) {
          kept.set(name, handles)
          if (await isGranted(handles, 'queryPermission')) granted.add(name)
        }
      } catch {
        // A browser that keeps nothing has kept no picks either.
      }
      return [...kept.keys()]
    },

    isOpen: (name) => open.has(name) || granted.has(name),

    async open(name) {
      const files = open.get(name)
      if (files) return files
      const handles = kept.get(name) ?? []
      if (!(await isGranted(handles, 'requestPermission')))
        throw new EngineError({ code: 'cancelled' })
      try {
        const found = checkpointFiles(await filesOf(handles))
        open.set(name, found)
        return found
      } catch (thrown) {
        if (!(thrown instanceof DOMException) || thrown.name !== 'NotFoundError') throw thrown
        const file = handles.map((handle) => handle.name).join(', ')
        throw new EngineError({ code: 'file-missing', file, neededBy: 'this list' })
      }
    },

    async add({ name, files, handles }) {
      open.set(name, files)
      if (handles.length === 0) return false
      try {
        await set(name, handles, database())
        kept.set(name, handles)
        return true
      } catch {
        // Storage is off, or this browser's handles cannot be stored: the pick lasts for this visit.
        return false
      }
    },

    async remove(name) {
      open.delete(name)
      if (kept.delete(name)) await del(name, database())
    },
  }
}

/** A pick of files that came with their paths, as from `<input type=file>`. */
export function pickOf(
  files: readonly PickedFile[],
  handles: readonly FileSystemHandle[] = [],
): Pick {
  const chosen = checkpointFiles(files)
  const [first] = files
  const folder = first?.path.split('/').at(-2)
  const name = folder ?? first?.file.name ?? 'nothing'
  return { name: `picked:${name}`, files: chosen, handles }
}

/**
 * The files of the outermost folder that holds a checkpoint: a config.json, or else a GGUF. Where
 * there is neither, all of the outermost files, so that the engine can say what is missing.
 */
export function checkpointFiles(files: readonly PickedFile[]): readonly File[] {
  const outermost = (isWanted: (name: string) => boolean) =>
    files
      .filter(({ file }) => isWanted(file.name))
      .map(({ path }) => path.slice(0, path.lastIndexOf('/') + 1))
      .sort((a, b) => a.split('/').length - b.split('/').length)[0]
  const folder =
    outermost((name) => name === 'config.json') ??
    outermost((name) => /\.gguf$/i.test(name)) ??
    outermost(() => true)
  return files.filter(({ path, file }) => path === `${folder}${file.name}`).map(({ file }) => file)
}

/** Files as an `<input type=file>` gives them; with `webkitdirectory` they know their paths. */
export function filesOfInput(list: FileList): readonly PickedFile[] {
  return Array.from(list, (file) => ({ path: file.webkitRelativePath || file.name, file }))
}

/** How deep in a folder a checkpoint is looked for; more would walk through whole disks. */
const maxDepth = 3

/** The files that handles lead to, folders' files included. */
export async function filesOf(
  handles: readonly FileSystemHandle[],
): Promise<readonly PickedFile[]> {
  const found: PickedFile[] = []
  async function walk(handle: FileSystemHandle, path: string, depth: number) {
    if (handle.kind === 'file') {
      found.push({ path, file: await (handle as FileSystemFileHandle).getFile() })
    } else if (depth < maxDepth) {
      for await (const child of (handle as FileSystemDirectoryHandle).values())
        await walk(child, `${path}/${child.name}`, depth + 1)
    }
  }
  for (const handle of handles) await walk(handle, handle.name, 0)
  return found
}

interface HandleItem extends DataTransferItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>
}

/**
 * What was dropped. Call it in the drop event itself: afterwards the browser forgets the items.
 */
export async function pickOfDrop(items: DataTransferItemList): Promise<Pick> {
  const dropped = Array.from(items, (item: HandleItem) => ({
    handle: item.getAsFileSystemHandle?.(),
    entry: item.webkitGetAsEntry(),
  }))
  const handles = await Promise.all(dropped.map(({ handle }) => handle))
  const kept = handles.filter((handle) => handle !== null && handle !== undefined)
  if (kept.length > 0) return pickOf(await filesOf(kept), kept)
  const entries = dropped.map(({ entry }) => entry).filter((entry) => entry !== null)
  return pickOf((await Promise.all(entries.map((entry) => filesOfEntry(entry, 0)))).flat())
}

async function filesOfEntry(entry: FileSystemEntry, depth: number): Promise<PickedFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    )
    return [{ path: entry.fullPath.replace(/^\//, ''), file }]
  }
  if (depth >= maxDepth) return []
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const children: FileSystemEntry[] = []
  for (;;) {
    // A reader gives a hundred at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (some.length === 0) break
    children.push(...some)
  }
  return (await Promise.all(children.map((child) => filesOfEntry(child, depth + 1)))).flat()
}

/** Chromium's pickers; elsewhere an `<input>` has to do. */
export interface PickerWindow extends Window {
  showDirectoryPicker?(options: { mode: 'read'; id: string }): Promise<FileSystemDirectoryHandle>
  showOpenFilePicker?(options: { multiple: boolean; id: string }): Promise<FileSystemFileHandle[]>
}

/**
 * Lets a person pick a folder or files, with handles that last.
 * @returns undefined where the person picked nothing
 */
export async function pickWithHandles(
  show: () => Promise<readonly FileSystemHandle[]>,
): Promise<Pick | undefined> {
  try {
    const handles = await show()
    return pickOf(await filesOf(handles), handles)
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') return undefined
    throw thrown
  }
}

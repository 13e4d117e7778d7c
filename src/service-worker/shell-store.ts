import type { Shells } from './shells'

/** Keeps the list of shells beside their files, so that neither is ever there without the other. */
export interface ShellStore {
  /**
   * Undefined until a first shell is installed.
   * @throws where the list cannot be read; it is read anew the next time
   */
  read(): Promise<Shells | undefined>
  /**
   * Changes what is there; one change after another, each on the result of the one before. What cannot
   * be written, on a full disk, counts for as long as this worker lives, and is written with the next.
   * @throws where the list cannot be read
   */
  update(change: (shells: Shells | undefined) => Shells | undefined): Promise<Shells | undefined>
  /** Whether the next worker will read what this one knows. */
  isWritten(): Promise<boolean>
}

/**
 * @param openCache opens the cache that the shells' files are in
 * @param address names the list in that cache; nothing may be served there
 */
export function createShellStore(openCache: () => Promise<Cache>, address: string): ShellStore {
  let shells: Promise<Shells | undefined> | undefined
  let written: Shells | undefined

  async function stored(): Promise<Shells | undefined> {
    const response = await (await openCache()).match(address)
    written = (await response?.json()) as Shells | undefined
    return written
  }

  async function write(list: Shells): Promise<void> {
    try {
      await (await openCache()).put(address, Response.json(list))
      written = list
    } catch {
      // A page has to be answered all the same.
    }
  }

  /** A failure is not remembered. */
  function remember(list: Promise<Shells | undefined>) {
    shells = list
    list.catch(() => {
      if (shells === list) shells = undefined
    })
    return list
  }

  const read = () => shells ?? remember(stored())
  return {
    read,
    update(change) {
      const changed = read().then(async (before) => {
        const after = change(before)
        if (after !== undefined && after !== written) await write(after)
        return after
      })
      return remember(changed)
    },
    isWritten: async () => (await read()) === written,
  }
}

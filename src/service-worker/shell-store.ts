import type { Shells } from './shells'

/** Keeps the list of shells beside their files, so that neither is ever there without the other. */
export interface ShellStore {
  /** Undefined until a first shell is installed. */
  read(): Promise<Shells | undefined>
  /** Changes what is there; one change after another, each on the result of the one before. */
  update(change: (shells: Shells | undefined) => Shells | undefined): Promise<Shells | undefined>
}

/**
 * @param openCache opens the cache that the shells' files are in
 * @param address names the list in that cache; nothing may be served there
 */
export function createShellStore(openCache: () => Promise<Cache>, address: string): ShellStore {
  let shells: Promise<Shells | undefined> | undefined

  async function stored(): Promise<Shells | undefined> {
    const response = await (await openCache()).match(address)
    return (await response?.json()) as Shells | undefined
  }

  const read = () => {
    shells ??= stored()
    return shells
  }
  return {
    read,
    update(change) {
      const before = read()
      shells = before.then(async (before) => {
        const after = change(before)
        if (after !== before && after !== undefined)
          await (await openCache()).put(address, Response.json(after))
        return after
      })
      return shells
    },
  }
}

/** One version of the page: every file of it, and under which key the cache has it. */
export interface Shell {
  /** Hash over the list of files. */
  version: string
  /** Keys by absolute address. */
  files: Readonly<Record<string, string>>
}

/**
 * What becomes of the latest shell: it is on trial until one of its pages says that it runs, if there
 * is an earlier one to go back to.
 */
export type Trial =
  | { state: 'running'; loads: number; firstLoadMs: number }
  | { state: 'started' }
  | { state: 'failed' }

/** The shells that are kept. Plain data, which outlives the worker. */
export interface Shells {
  latest: Shell
  trial: Trial
  /** The last one before it that started. */
  earlier: Shell | undefined
  /** Pages of these may still be open; they get no new ones. */
  retired: readonly Shell[]
}

/**
 * A page that does not come up tells so itself (public/start-guard.js). Where not even that works,
 * this many loads over this time without a start count as a failure.
 */
export const trialLoads = 2
export const trialMs = 15_000

const untried: Trial = { state: 'running', loads: 0, firstLoadMs: 0 }

/** Makes `latest` the shell of the pages to come. What started before it is kept to go back to. */
export function adopt(shells: Shells | undefined, latest: Shell): Shells {
  if (!shells) return { latest, trial: { state: 'started' }, earlier: undefined, retired: [] }
  const { latest: before, trial, earlier } = shells
  if (before.version === latest.version) return shells
  const hasStarted = trial.state === 'started'
  const goBackTo = hasStarted || !earlier ? before : earlier
  const retired = [before, ...(earlier ? [earlier] : []), ...shells.retired]
  return {
    latest,
    // A version that ran before, put back by its maker, needs no second proof.
    trial: hasStarted && earlier?.version === latest.version ? { state: 'started' } : untried,
    earlier: goBackTo,
    retired: retired.filter(({ version }) => ![latest.version, goBackTo.version].includes(version)),
  }
}

/** The shell that answers now. */
export function shownShell({ latest, trial, earlier }: Shells): Shell {
  return trial.state === 'failed' && earlier ? earlier : latest
}

/** A page is about to be loaded at `nowMs`; `shownShell` of the result is what it gets. */
export function noteLoad(shells: Shells, nowMs: number): Shells {
  const { trial } = shells
  if (trial.state !== 'running') return shells
  const { loads } = trial
  if (loads >= trialLoads && nowMs - trial.firstLoadMs >= trialMs)
    return { ...shells, trial: { state: 'failed' } }
  const firstLoadMs = loads === 0 ? nowMs : trial.firstLoadMs
  return { ...shells, trial: { state: 'running', loads: loads + 1, firstLoadMs } }
}

/**
 * A page whose entry is `script` runs. One that took long is believed even after its trial; one that
 * may as well be of the shell that was gone back to says nothing of the latest.
 */
export function noteStart(shells: Shells, script: string): Shells {
  const { latest, trial, earlier } = shells
  const isLatest =
    script in latest.files && !(trial.state === 'failed' && earlier && script in earlier.files)
  return isLatest && trial.state !== 'started' ? { ...shells, trial: { state: 'started' } } : shells
}

/** A page whose entry is `script` does not come up. That of a version that has run is no news. */
export function noteFailure(shells: Shells, script: string): Shells {
  const isNews = shells.trial.state === 'running' && script in shells.latest.files
  return isNews ? { ...shells, trial: { state: 'failed' } } : shells
}

/** Gives the latest shell another trial. */
export function tryAgain(shells: Shells): Shells {
  return shells.trial.state === 'failed' ? { ...shells, trial: untried } : shells
}

/** Lets go of what only open pages of older versions could want. */
export function dropRetired(shells: Shells): Shells {
  return shells.retired.length === 0 ? shells : { ...shells, retired: [] }
}

/** Keys of every file that is still wanted. */
export function keptKeys({ latest, earlier, retired }: Shells): ReadonlySet<string> {
  const shells = [latest, ...(earlier ? [earlier] : []), ...retired]
  return new Set(shells.flatMap(({ files }) => Object.values(files)))
}

/**
 * The key of the file at an address. What has its content's hash in its name is found for the pages of
 * older versions too; a name that all versions share means the file of the shell that answers now.
 */
export function keyOf(shells: Shells, address: string): string | undefined {
  const { latest, earlier, retired } = shells
  for (const shell of [shownShell(shells), latest, earlier, ...retired]) {
    const key = shell?.files[address]
    if (key !== undefined) return key
  }
  return undefined
}

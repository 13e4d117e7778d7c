import { describe, expect, it } from 'vitest'
import {
  adopt,
  dropRetired,
  keptKeys,
  keyOf,
  noteFailure,
  noteLoad,
  noteStart,
  type Shell,
  type Shells,
  shownShell,
  trialLoads,
  trialMs,
  tryAgain,
} from './shells'

/** A version whose entry has its name, beside a file whose name never changes. */
const shell = (version: string): Shell => ({
  version,
  files: {
    [`/entry-${version}.js`]: `/entry-${version}.js`,
    '/index.html': `/index.html?${version}`,
  },
})
const entry = (version: string) => `/entry-${version}.js`
const [v1, v2, v3] = [shell('v1'), shell('v2'), shell('v3')]

const first = adopt(undefined, v1)
const updated = adopt(first, v2)
const failed = noteFailure(noteLoad(updated, 0), entry('v2'))
const versions = (shells: Shells) => ({
  shown: shownShell(shells).version,
  kept: [...keptKeys(shells)].filter((key) => key.startsWith('/entry')).sort(),
})

describe('the first shell', () => {
  it('has nothing to go back to, and is shown whatever happens', () => {
    expect(shownShell(noteFailure(first, entry('v1')))).toBe(v1)
    const loads = [0, 1, 2, 3].reduce((shells) => noteLoad(shells, 1e9), first)
    expect(shownShell(loads)).toBe(v1)
  })
})

describe('a newer shell', () => {
  it('is shown at once, and stays once it has started', () => {
    expect(shownShell(noteLoad(updated, 0))).toBe(v2)
    const started = noteStart(noteLoad(updated, 0), entry('v2'))
    expect(shownShell(noteFailure(started, entry('v2')))).toBe(v2)
    expect(shownShell(noteLoad(started, 1e9))).toBe(v2)
  })

  it('gives way to the one before where its page says that it does not come up', () => {
    expect(shownShell(failed)).toBe(v1)
    expect(shownShell(noteLoad(failed, 1e9))).toBe(v1)
  })

  it('gives way where pages of it are loaded again and again and none says anything', () => {
    let shells = updated
    for (let load = 0; load < trialLoads; load++) shells = noteLoad(shells, load)
    expect(shownShell(shells)).toBe(v2)
    expect(shownShell(noteLoad(shells, trialMs))).toBe(v1)
  })

  it('survives many tabs that open at once', () => {
    let shells = updated
    for (let load = 0; load < 10; load++) shells = noteLoad(shells, 1000 + load)
    expect(shownShell(shells)).toBe(v2)
  })

  it('survives one page that was closed before it was there', () => {
    expect(shownShell(noteLoad(noteLoad(updated, 0), 1e9))).toBe(v2)
  })

  it('is not judged by pages of the version before', () => {
    expect(noteStart(updated, entry('v1'))).toBe(updated)
    expect(noteFailure(updated, entry('v1'))).toBe(updated)
  })

  it('comes back when it turns out to have started after all', () => {
    expect(shownShell(noteStart(failed, entry('v2')))).toBe(v2)
  })

  it('does not come back by the start of a page that has the same entry', () => {
    const sameEntry: Shell = {
      version: 'v2',
      files: { ...v1.files, '/index.html': '/index.html?v2' },
    }
    const failed = noteFailure(adopt(first, sameEntry), entry('v1'))
    expect(shownShell(failed)).toBe(v1)
    expect(shownShell(noteStart(failed, entry('v1')))).toBe(v1)
  })

  it('gets another trial on demand, and only then', () => {
    expect(shownShell(tryAgain(failed))).toBe(v2)
    expect(shownShell(noteFailure(tryAgain(failed), entry('v2')))).toBe(v1)
    expect(tryAgain(updated)).toBe(updated)
  })
})

describe('what is kept', () => {
  const started = noteStart(updated, entry('v2'))

  it('is the latest shell and the last one that started', () => {
    expect(versions(dropRetired(adopt(started, v3)))).toEqual({
      shown: 'v3',
      kept: [entry('v2'), entry('v3')],
    })
    expect(versions(dropRetired(adopt(failed, v3)))).toEqual({
      shown: 'v3',
      kept: [entry('v1'), entry('v3')],
    })
    expect(versions(dropRetired(adopt(noteLoad(updated, 0), v3)))).toEqual({
      shown: 'v3',
      kept: [entry('v1'), entry('v3')],
    })
  })

  it('is also what open pages may want', () => {
    expect(keyOf(adopt(started, v3), entry('v1'))).toBe(entry('v1'))
    expect(keyOf(adopt(failed, v3), entry('v2'))).toBe(entry('v2'))
    expect(keyOf(dropRetired(adopt(started, v3)), entry('v1'))).toBeUndefined()
  })

  it('is nothing twice where a version is put back that was there before', () => {
    const putBack = adopt(started, v1)
    expect(putBack).toMatchObject({ latest: v1, earlier: v2, retired: [] })
    expect(shownShell(noteFailure(putBack, entry('v1')))).toBe(v1)
    expect(shownShell(adopt(failed, v1))).toBe(v1)
  })

  it('is unchanged by a worker that brings the same files', () => {
    expect(adopt(failed, { ...v2 })).toBe(failed)
  })
})

it('finds a name that all versions share in the shell that is shown', () => {
  expect(keyOf(updated, '/index.html')).toBe('/index.html?v2')
  expect(keyOf(failed, '/index.html')).toBe('/index.html?v1')
  expect(keyOf(failed, '/unknown.js')).toBeUndefined()
})

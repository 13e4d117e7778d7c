import { describe, expect, it, vi } from 'vitest'
import type { Gpu } from './device'
import { type Choices, fastest, type Trial, type TuningStore, tune, tuningKey } from './tuner'

const never = { passed: new Promise<'late'>(() => {}), isPast: () => false, cancel: () => {} }

/** Times variants by a table; what is not in it fails. */
const timesOf = (table: Record<string, number | 'wrong'>) => async (variant: string) => {
  const ms = table[variant]
  if (ms === undefined) throw new Error(`${variant} does not compile`)
  return ms === 'wrong' ? undefined : ms
}

const whole = (variant: string) => ({ variant, isWhole: true })
const cutOff = (variant: string) => ({ variant, isWhole: false })

describe('fastest', () => {
  it.each([
    { times: { a: 10, b: 5, c: 4 }, best: 'c', because: 'it takes the least time' },
    { times: { a: 10, b: 9.6 }, best: 'a', because: 'chance may be what b is faster by' },
    { times: { a: 10, b: 'wrong', c: 9 }, best: 'c', because: 'b is wrong' },
    { times: { a: 'wrong', b: 30, c: 20 }, best: 'c', because: 'the likeliest is wrong' },
    { times: { a: 10, b: 'wrong' }, best: 'a', because: 'the other is wrong' },
    { times: { a: 10, c: 2 }, best: 'c', because: 'b fails, and c is tried all the same' },
    { times: { b: 3 }, best: 'b', because: 'nothing else runs at all' },
    { times: {}, best: 'a', because: 'nothing runs' },
  ] as const)('chooses $best where times are $times: $because', async ({ times, best }) => {
    expect(await fastest(['a', 'b', 'c'], timesOf(times), never)).toEqual(whole(best))
  })

  it('says what is to be beaten', async () => {
    const told: [string, number][] = []
    const time = async (variant: string, toBeatMs: number) => {
      told.push([variant, toBeatMs])
      return { a: 10, b: 4, c: 6 }[variant]
    }
    await fastest(['a', 'b', 'c'], time, never)
    const nothing = Number.POSITIVE_INFINITY
    expect(told).toEqual([
      ['a', nothing],
      ['b', 10],
      ['a', nothing],
      ['c', 4],
    ])
  })

  it('keeps what it has found once time is up', async () => {
    const tried: string[] = []
    let pass = (_: 'late') => {}
    const passed = new Promise<'late'>((resolve) => {
      pass = resolve
    })
    const time = async (variant: string) => {
      tried.push(variant)
      if (variant === 'c') pass('late')
      return variant === 'c' ? new Promise<number>(() => {}) : { a: 10, b: 4 }[variant]
    }
    expect(
      await fastest(['a', 'b', 'c', 'd'], time, { ...never, passed }),
      'c takes too long',
    ).toEqual(cutOff('b'))
    expect(tried).toEqual(['a', 'b', 'a', 'c'])
  })

  it('begins nothing once time is up', async () => {
    let isPast = false
    const tried: string[] = []
    const time = async (variant: string) => {
      tried.push(variant)
      isPast = true
      return 10
    }
    const deadline = { ...never, isPast: () => isPast }
    expect(await fastest(['a', 'b', 'c'], time, deadline)).toEqual(cutOff('a'))
    expect(tried).toEqual(['a'])
    expect(await fastest(['a', 'b', 'c'], time, deadline)).toEqual(cutOff('a'))
    expect(tried).toEqual(['a'])
  })

  it.each([
    { again: 5, best: 'a', because: 'the clock was low when it ran first' },
    { again: 9, best: 'c', because: 'it is slow at any clock' },
  ])(
    'times the likeliest again before another wins; with $again, $best: $because',
    async ({ again, best }) => {
      const times: Record<string, number[]> = { a: [20, again], b: [6], c: [5] }
      const time = async (variant: string) => times[variant]?.shift()
      expect(await fastest(['a', 'b', 'c'], time, never)).toEqual(whole(best))
    },
  )

  it('keeps the likeliest where time is up before that has been timed', async () => {
    const late = { ...never, passed: Promise.resolve('late' as const) }
    expect(await fastest(['a', 'b'], () => new Promise(() => {}), late)).toEqual(cutOff('a'))
  })
})

/** A device that is known by its name and runs nothing. */
const device = (description: string, features: Partial<Gpu['features']> = {}) =>
  ({
    adapter: { vendor: 'acme', architecture: 'x', description, isSoftware: false },
    features: { subgroups: true, subnormalHalves: true, ...features },
    subgroupMinSize: 32,
    device: {},
  }) as Gpu

/** What `tune` asks of a store, in memory. */
function memoryStore(contents = new Map<string, unknown>()) {
  const store: TuningStore = {
    get: async (key) => contents.get(key),
    set: async (key, tuning) => void contents.set(key, tuning),
  }
  return { store, contents }
}

const trials: Trial[] = [
  { name: 'one', variants: ['a', 'b'], samples: () => () => ({}) as never },
  { name: 'two', variants: ['c'], samples: () => () => ({}) as never },
]
const broken = async (): Promise<Gpu> => {
  throw new Error('no device is opened here')
}

describe('tune', () => {
  const gpu = device('card')
  const kept = (tuning: unknown, shaders = 'text') =>
    memoryStore(new Map([[tuningKey(gpu, shaders), tuning]]))

  it('takes what is kept, and opens no device', async () => {
    const { store } = kept({ choices: { one: 'b' }, attempts: 0 })
    const choices = await tune(gpu, trials, { store, openGpu: broken, shaders: 'text' })
    expect(choices).toEqual({ one: 'b', two: 'c' })
  })

  it.each([
    { tuning: { choices: { one: 'z' }, attempts: 0 }, because: 'there is no such variant' },
    { tuning: { choices: { two: 'c' }, attempts: 0 }, because: 'nothing was decided of one' },
    { tuning: { choices: 'b', attempts: 'none' }, because: 'it is damaged' },
    { tuning: 'b', because: 'it is damaged' },
    { tuning: null, because: 'it is damaged' },
  ])('tries anew where $tuning is kept: $because', async ({ tuning }) => {
    await expectTrial(kept(tuning))
  })

  it('tries anew with other shaders', async () => {
    await expectTrial(kept({ choices: { one: 'b' }, attempts: 0 }, 'another text'))
  })

  it('leaves the likeliest where a trial took the device down, and tries once more', async () => {
    const { store, contents } = memoryStore()
    await expectTrial({ store })
    expect([...contents.values()]).toEqual([{ choices: {}, attempts: 1 }])
    await expectTrial({ store })
    expect([...contents.values()]).toEqual([{ choices: {}, attempts: 2 }])
    await expectTrial({ store }, 0)
    expect([...contents.values()]).toEqual([{ choices: {}, attempts: 2 }])
  })

  it('goes on at the next start where time was up, a trial at least each time', async () => {
    const { store, contents } = memoryStore()
    const bound: string[] = []
    let nowMs = 0
    const timed = (name: string): Trial => ({
      name,
      variants: ['a', 'b'],
      samples: () => (variant) => {
        bound.push(`${name} ${variant}`)
        nowMs += 600
        throw new Error('it does not compile')
      },
    })
    const three = [timed('first'), timed('second'), timed('third')]
    const refuses = {
      destroy() {},
      pushErrorScope() {},
      popErrorScope: async () => null,
    } as Partial<GPUDevice> as GPUDevice
    const opened = { ...gpu, device: refuses, settle: <T>(work: Promise<T>) => work }
    const start = () => {
      nowMs = 0
      bound.length = 0
      return tune(gpu, three, {
        store,
        openGpu: async () => opened,
        shaders: 'text',
        budgetMs: 1500,
        now: () => nowMs,
      })
    }
    // 1200 ms for the first, and the second has no time for its other variant.
    await start()
    expect(bound).toEqual(['first a', 'first b', 'second a'])
    expect([...contents.values()]).toEqual([{ choices: { first: 'a' }, attempts: 0 }])
    await start()
    expect(bound).toEqual(['second a', 'second b', 'third a'])
    await start()
    expect(bound).toEqual(['third a', 'third b'])
    const choices = { first: 'a', second: 'a', third: 'a' }
    expect([...contents.values()]).toEqual([{ choices, attempts: 0 }])
    expect(await start()).toEqual(choices)
    expect(bound).toEqual([])
  })

  it('leaves the likeliest where storage does not answer', async () => {
    vi.useFakeTimers()
    const silent = () => new Promise<never>(() => {})
    const { store } = memoryStore()
    for (const hangs of [{ get: silent }, { set: silent }]) {
      const options = { store: { ...store, ...hangs }, openGpu: broken, shaders: 'text' }
      const choices = tune(gpu, trials, options)
      await vi.advanceTimersByTimeAsync(1000)
      expect(await choices).toEqual({ one: 'a', two: 'c' })
    }
    vi.useRealTimers()
  })

  it('does not wait for a device that does not open, and closes it should it open later', async () => {
    vi.useFakeTimers()
    const { store, contents } = memoryStore()
    let open = (_: Gpu) => {}
    const openGpu = () => new Promise<Gpu>((resolve) => (open = resolve))
    const choices = tune(gpu, trials, { store, openGpu, shaders: 'text', now: () => 0 })
    await vi.advanceTimersByTimeAsync(1500)
    expect(await choices).toEqual({ one: 'a', two: 'c' })
    expect([...contents.values()]).toEqual([{ choices: {}, attempts: 1 }])
    const destroy = vi.fn()
    open({ ...gpu, device: { destroy } as never })
    await vi.advanceTimersByTimeAsync(0)
    expect(destroy).toHaveBeenCalledOnce()
    vi.useRealTimers()
  })

  it('leaves the likeliest where nothing can be kept', async () => {
    const refuse = async () => {
      throw new Error('no storage')
    }
    const store: TuningStore = { get: refuse, set: refuse }
    const options = { store, openGpu: broken, shaders: 'text' }
    expect(await tune(gpu, trials, options)).toEqual({ one: 'a', two: 'c' })
  })

  it('asks nobody where there is nothing to choose', async () => {
    const refuse = async () => expect.unreachable()
    const store: TuningStore = { get: refuse, set: refuse }
    const options = { store, openGpu: broken, shaders: 'text' }
    expect(await tune(gpu, trials.slice(1), options)).toEqual({ two: 'c' })
  })

  /** That something is tried shows by the device being opened. */
  async function expectTrial({ store }: { store: TuningStore }, times = 1) {
    let opened = 0
    const openGpu = () => {
      opened++
      return broken()
    }
    const choices: Choices = await tune(gpu, trials, { store, openGpu, shaders: 'text' })
    expect(choices).toEqual({ one: 'a', two: 'c' })
    expect(opened).toBe(times)
  }
})

describe('tuningKey', () => {
  it('tells adapters, abilities and shaders apart', () => {
    const keys = [
      tuningKey(device('card'), 'text'),
      tuningKey(device('other card'), 'text'),
      tuningKey(device('card', { subgroups: false }), 'text'),
      tuningKey(device('card'), 'texts'),
    ]
    expect(new Set(keys).size).toBe(keys.length)
    expect(tuningKey(device('card'), 'text')).toBe(keys[0])
  })
})

import { describe, expect, it } from 'vitest'
import { randomIntegers } from '../testing/random'
import { RingHistory } from './ring-history'

const size = { capacity: 12, window: 4, slots: 3 }

/** Written from the beginning to before `end`, in steps no longer than what the rings have room for. */
function written(end: number): RingHistory {
  const history = new RingHistory(size)
  for (let at = 0; at <= end; at++) history.wrote(at)
  return history
}

describe('a rewind', () => {
  it('needs nothing while the rings hold the window', () => {
    expect(written(12).rewind(3)).toEqual({ position: 3 })
    expect(written(12).rewind(0)).toEqual({ position: 0 })
    expect(written(30).rewind(30)).toEqual({ position: 30 })
    expect(written(30).rewind(22)).toEqual({ position: 22 })
  })

  it('past the window starts anew, unless the window was kept', () => {
    expect(written(30).rewind(21)).toEqual({ position: 0 })

    const history = written(10)
    expect(history.keep([0, 6, 9])).toEqual([
      { slot: 0, position: 6 },
      { slot: 1, position: 9 },
    ])
    for (let at = 10; at <= 30; at++) history.wrote(at)
    expect(history.rewind(21)).toEqual({ slot: 1, position: 9 })
    // What was kept stays kept, and what came later is gone.
    history.wrote(20)
    expect(history.rewind(8)).toEqual({ slot: 0, position: 6 })
    history.wrote(30)
    expect(history.rewind(10)).toEqual({ slot: 0, position: 6 })
    expect(history.rewind(5)).toEqual({ position: 0 })
  })

  it('counts on what was not written after all', () => {
    const history = written(20)
    history.wrote(24)
    history.wroteNothingFrom(21)
    expect(history.rewind(13)).toEqual({ position: 13 })
    history.wrote(25)
    expect(history.rewind(13)).toEqual({ position: 0 })
  })

  it('does not take what a restored window left around it for its own', () => {
    const history = written(20)
    history.keep([18])
    for (let at = 21; at <= 40; at++) history.wrote(at)
    expect(history.rewind(25)).toEqual({ slot: 0, position: 18 })
    // Position 14 begins the window that was restored; before it lies what came after 28.
    expect(history.rewind(17)).toEqual({ position: 0 })
  })
})

describe('what is kept', () => {
  it('is not copied twice, nor what the rings no longer hold', () => {
    const history = written(20)
    expect(history.keep([11, 12, 18]).map(({ position }) => position)).toEqual([12, 18])
    expect(history.keep([12, 18])).toEqual([])
  })

  it('is thinned out where it lies far back: nobody goes back half as far again', () => {
    const history = new RingHistory({ capacity: 400, window: 4, slots: 16 })
    const end = 20_000
    for (let at = 0; at <= end; at += 100) {
      history.wrote(at + 50)
      expect(history.keep([at])).toHaveLength(at === 0 ? 0 : 1)
    }
    for (let wanted = end - 1; wanted > 0; wanted -= 37) {
      const lost = wanted - history.rewind(wanted).position
      expect(lost).toBeLessThanOrEqual(100 + (end - wanted) / 2)
    }
  })
})

describe('whatever is done', () => {
  it('the window before where it goes on is what was written there', () => {
    const next = randomIntegers(7)
    const history = new RingHistory(size)
    /** What lies in the ring: which sequence wrote it, and its position. */
    const ring: { text: number; position: number }[] = Array(size.capacity)
    const slots: (typeof ring)[] = []
    /** The sequence that wrote each position. */
    let text: number[] = []
    const inRing = (position: number) => ring[position % size.capacity]
    const windowBefore = (position: number) =>
      Array.from({ length: Math.min(size.window, position) }, (_, i) => position - 1 - i)

    for (let sequence = 0; sequence < 3000; sequence++) {
      const wanted = next() % (text.length + 1)
      const { position, slot } = history.rewind(wanted)
      expect(position).toBeLessThanOrEqual(wanted)
      if (slot !== undefined)
        windowBefore(position).forEach((at, i) => {
          ring[at % size.capacity] = slots[slot]?.[i] as (typeof ring)[0]
        })
      for (const at of windowBefore(position))
        expect(inRing(at)).toEqual({ text: text[at], position: at })

      text = text.slice(0, position)
      for (let chunks = next() % 6; chunks > 0; chunks--) {
        const rows = 1 + (next() % (size.capacity - size.window))
        for (let i = 0; i < rows; i++) {
          ring[text.length % size.capacity] = { text: sequence, position: text.length }
          text.push(sequence)
        }
        history.wrote(text.length)
        const starts = [text.length - rows, text.length - 1].filter(
          (start, i, all) => all.indexOf(start) === i && next() % 2 === 0,
        )
        for (const kept of history.keep(starts))
          slots[kept.slot] = windowBefore(kept.position).map((at) => ({
            ...(inRing(at) as (typeof ring)[0]),
          }))
      }
      // Tokens that were decoded overwrite the ring and are not gone on from.
      const decoded = next() % 20
      for (let i = 0; i < decoded; i++)
        ring[(text.length + i) % size.capacity] = { text: -1, position: text.length + i }
      history.wrote(text.length + decoded)
    }
  })
})

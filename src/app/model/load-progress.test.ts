import { expect, it } from 'vitest'
import type { LoadProgress } from '../../engine/index'
import { overallProgress, progressText } from './load-progress'

it('runs from 0 to 1 without going back', () => {
  const course: LoadProgress[] = [
    { phase: 'download', done: 0, total: 10 },
    { phase: 'download', done: 10, total: 10 },
    { phase: 'upload', done: 0, total: 10 },
    { phase: 'upload', done: 10, total: 10 },
    { phase: 'compile', done: 0, total: 3 },
    { phase: 'compile', done: 3, total: 3 },
  ]
  const values = course.map(overallProgress)
  expect(values[0]).toBe(0)
  expect(values.at(-1)).toBe(1)
  expect(values).toEqual(values.toSorted((a, b) => a - b))
})

it('is the phase’s beginning while its total is not known', () => {
  expect(overallProgress({ phase: 'download', done: 0, total: 0 })).toBe(0)
})

it('says how much has arrived', () => {
  expect(progressText({ phase: 'download', done: 900_000, total: 1_635_768 })).toBe(
    'Downloading 900 kB of 1.6 MB',
  )
})

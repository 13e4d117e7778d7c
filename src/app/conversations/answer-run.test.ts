import { describe, expect, it } from 'vitest'
import { areOtherKernels, parseRun } from './answer-run'

describe('areOtherKernels', () => {
  const kernels = { tile: 'large', attention: 'subgroups' }

  it.each([
    { ours: { attention: 'subgroups', tile: 'large' }, other: false, because: 'order is nothing' },
    { ours: { ...kernels, tile: 'small' }, other: true, because: 'a variant is another' },
    { ours: { tile: 'large' }, other: true, because: 'one is missing' },
    { ours: { ...kernels, teams: 'wide' }, other: true, because: 'there is one more' },
    { ours: undefined, other: false, because: 'an earlier version did not record them' },
  ])('is $other of $ours: $because', ({ ours, other }) => {
    expect(areOtherKernels(kernels, ours)).toBe(other)
    expect(areOtherKernels(ours, kernels)).toBe(other)
  })
})

describe('parseRun', () => {
  const run = {
    date: '2026-02-28',
    sampling: { temperature: 1, seed: 7 },
    tokens: 'AAAAAB',
    reasoningTokens: 1,
  }

  it('reads a run with its kernels, and one of an earlier version without', () => {
    const kernels = { attention: 'subgroups' }
    expect(parseRun({ ...run, kernels })).toEqual({ ...run, kernels })
    expect(parseRun(run)).toEqual(run)
  })

  it.each([['subgroups'], [{ attention: 1 }], [{ attention: 'x'.repeat(65) }], [null]])(
    'leaves out kernels that are not sound: %o',
    (kernels) => {
      expect(parseRun({ ...run, kernels })).toEqual(run)
    },
  )
})

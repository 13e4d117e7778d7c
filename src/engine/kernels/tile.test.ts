import { describe, expect, it } from 'vitest'
import { attentionMeans } from './attention'
import { stagedTile, tileShapes } from './tile'

const device = (subgroupMinSize: number, isSoftware: boolean, subgroups = true) => ({
  features: { subgroups, subnormalHalves: true, immediates: true },
  subgroupMinSize,
  adapter: { vendor: '', architecture: '', description: '', isSoftware },
})

describe('tileShapes and attentionMeans', () => {
  it.each([
    { gpu: device(4, true), because: 'its subgroups are too narrow' },
    { gpu: device(32, false, false), because: 'it has no subgroups' },
  ])('leave a device workgroup memory alone: $because', ({ gpu }) => {
    expect(tileShapes(gpu)).toEqual([stagedTile])
    expect(attentionMeans(gpu)).toEqual(['workgroup memory'])
  })

  it('begin with subgroups on a processor, and with workgroup memory on a GPU', () => {
    const processor = device(8, true)
    expect(tileShapes(processor)[0].by).toBe('subgroups')
    expect(tileShapes(processor)).toContainEqual(stagedTile)
    expect(attentionMeans(processor)).toEqual(['subgroups', 'workgroup memory'])
    const gpu = device(32, false)
    expect(tileShapes(gpu)[0]).toEqual(stagedTile)
    expect(tileShapes(gpu).length).toBeGreaterThan(1)
    expect(attentionMeans(gpu)).toEqual(['workgroup memory', 'subgroups'])
  })
})

import { describe, expect, it } from 'vitest'
import { leastWorkgroupRows, teamName, teamShapes, teamsOf, teamWorkgroups } from './team'

const device = (subgroupMinSize: number, { isSoftware = false, subgroups = true } = {}) => ({
  features: { subgroups, subnormalHalves: true, immediates: true },
  subgroupMinSize,
  adapter: { vendor: '', architecture: '', description: '', isSoftware },
})

const devices = [
  { device: device(32), likeliest: '4 rows, 32 of 128 lanes' },
  { device: device(64), likeliest: '4 rows, 32 of 128 lanes' },
  { device: device(8), likeliest: '4 rows, 32 of 128 lanes' },
  { device: device(4, { subgroups: false }), likeliest: '4 rows, 32 of 128 lanes' },
  { device: device(8, { isSoftware: true }), likeliest: '4 rows, 8 of 32 lanes' },
  { device: device(4, { isSoftware: true }), likeliest: '4 rows, 4 of 16 lanes' },
  {
    device: device(4, { isSoftware: true, subgroups: false }),
    likeliest: '4 rows, 32 of 128 lanes',
  },
]

describe.each(devices)('teamShapes of a device whose likeliest is $likeliest', (each) => {
  const shapes = teamShapes(each.device)

  it('begins with it, and has no shape twice', () => {
    const names = shapes.map(teamName)
    expect(names[0]).toBe(each.likeliest)
    expect(new Set(names).size).toBe(names.length)
  })

  it('leaves the head no more candidates than there is room for', () => {
    for (const shape of shapes)
      for (const loads of [1, 360, 5000])
        expect(teamWorkgroups(1000, teamsOf(shape)(loads, 1))).toBeLessThanOrEqual(
          1000 / leastWorkgroupRows,
        )
  })
})

describe('teamsOf', () => {
  const teams = teamsOf({ workgroupSize: 128, team: 32, rows: 2 })

  it.each([
    { loads: 360, perLane: 8, team: 32, because: 'they suffice for all its lanes' },
    { loads: 255, perLane: 8, team: 16, because: 'one is missing for 32 lanes' },
    { loads: 1, perLane: 8, team: 1, because: 'there is one' },
  ])('makes teams of $team for $loads loads, $perLane a lane: $because', (row) => {
    expect(teams(row.loads, row.perLane)).toEqual({ workgroupSize: 128, team: row.team, rows: 2 })
  })
})

import teamSum from '#shaders/shared/team-sum.wgsl?raw'
import teamSumInSubgroup from '#shaders/shared/team-sum-in-subgroup.wgsl?raw'
import teamSumSubgroups from '#shaders/shared/team-sum-subgroups.wgsl?raw'
import type { Gpu, GpuFeatures } from '../gpu/device'
import type { Constants } from '../gpu/kernel'

/** How a workgroup's lanes divide into teams that share a sum; powers of two, team ≤ workgroup. */
export interface TeamShape {
  workgroupSize: number
  team: number
}

/**
 * Teams for rows of `loads` 16-byte loads each: wide enough to read long runs of consecutive bytes,
 * narrow enough that each lane has `loadsPerLane` of them to do. At most 32 lanes, which read 512
 * consecutive bytes; a workgroup of 128 gives a GPU several teams to switch between.
 */
export function teamsFor(loads: number, loadsPerLane: number): TeamShape {
  return { workgroupSize: 128, team: teamWidth(loads, loadsPerLane, 32) }
}

/** One team that is the whole workgroup, for a row of `loads` 16-byte loads. */
export function wholeRowTeam(loads: number): TeamShape {
  const team = teamWidth(loads, 4, 128)
  return { workgroupSize: team, team }
}

/** The most lanes, a power of two, that have `loadsPerLane` loads each. */
function teamWidth(loads: number, loadsPerLane: number, widest: number): number {
  let team = 1
  while (team < widest && 2 * team * loadsPerLane <= loads) team *= 2
  return team
}

/** Rows of a matrix that one team computes, the components of the vec4 it sums. */
const rowsPerTeam = 4

/** The sum of a team, the way that `teamConstants` of the same device allows. */
export function teamSumText({ subgroups }: GpuFeatures, constants: Constants): string {
  if (!subgroups) return teamSum
  return 'SUBGROUP_MIN_SIZE' in constants ? teamSumSubgroups : teamSumInSubgroup
}

/** The override constants of `teamSumText`. */
export const teamConstants = (
  { features, subgroupMinSize }: Gpu,
  { workgroupSize, team }: TeamShape,
): Constants => ({
  WORKGROUP_SIZE: workgroupSize,
  TEAM: team,
  ...(features.subgroups && team > subgroupMinSize && { SUBGROUP_MIN_SIZE: subgroupMinSize }),
})

/** Workgroups that cover `rows` rows of a matrix. */
export const teamWorkgroups = (rows: number, { workgroupSize, team }: TeamShape) =>
  Math.ceil(rows / (rowsPerTeam * (workgroupSize / team)))

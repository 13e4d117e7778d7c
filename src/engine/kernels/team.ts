import denseRows2 from '#shaders/shared/dense-rows-2.wgsl?raw'
import denseRows4 from '#shaders/shared/dense-rows-4.wgsl?raw'
import mxfp4Rows2 from '#shaders/shared/mxfp4-rows-2.wgsl?raw'
import mxfp4Rows4 from '#shaders/shared/mxfp4-rows-4.wgsl?raw'
import rows2 from '#shaders/shared/rows-2.wgsl?raw'
import rows4 from '#shaders/shared/rows-4.wgsl?raw'
import teamSum from '#shaders/shared/team-sum.wgsl?raw'
import teamSumInSubgroup from '#shaders/shared/team-sum-in-subgroup.wgsl?raw'
import teamSumSubgroups from '#shaders/shared/team-sum-subgroups.wgsl?raw'
import type { Gpu, GpuFeatures } from '../gpu/device'
import type { Constants } from '../gpu/kernel'

/** How a workgroup's lanes divide into teams that share sums; powers of two, team ≤ workgroup. */
export interface TeamShape {
  readonly workgroupSize: number
  readonly team: number
  /** Rows of a matrix that a team computes. */
  readonly rows: 2 | 4
}

/** Divides lanes into teams for rows of `loads` 16-byte loads, of which each lane is to have `loadsPerLane`. */
export type Teams = (loads: number, loadsPerLane: number) => TeamShape

/** Teams as wide as in `shape`; narrower where the loads would not suffice for so many lanes. */
export const teamsOf =
  ({ workgroupSize, team, rows }: TeamShape): Teams =>
  (loads, loadsPerLane) => ({ workgroupSize, team: teamWidth(loads, loadsPerLane, team), rows })

const usual: TeamShape = { workgroupSize: 128, team: 32, rows: 4 }

/** What suits most GPUs. */
export const usualTeams = teamsOf(usual)

/**
 * The shapes that a device can be tried with, the likeliest first. On a GPU 32 lanes read 512 consecutive bytes, and a
 * workgroup of 128 gives it several teams to switch between. Two rows make more teams of a small matrix, for GPUs with
 * more cores than work. Teams that no subgroup is narrower than wait for nobody: on a processor, whose lanes
 * wait for one another dearly, nothing else counts.
 */
export function teamShapes({
  features,
  subgroupMinSize,
  adapter,
}: Pick<Gpu, 'features' | 'subgroupMinSize' | 'adapter'>): [TeamShape, ...TeamShape[]] {
  if (adapter.isSoftware && features.subgroups)
    return [{ workgroupSize: 4 * subgroupMinSize, team: subgroupMinSize, rows: 4 }, usual]
  return [
    usual,
    { ...usual, rows: 2 },
    { ...usual, team: features.subgroups && subgroupMinSize <= 8 ? 8 : 16 },
    { ...usual, workgroupSize: 64 },
    { ...usual, workgroupSize: 256 },
  ]
}

/** For tables and logs. */
export const teamName = ({ workgroupSize, team, rows }: TeamShape) =>
  `${rows} rows, ${team} of ${workgroupSize} lanes`

/** No workgroup of `teamShapes` computes fewer rows. */
export const leastWorkgroupRows = 8

/** One team that is the whole workgroup, for a row of `loads` 16-byte loads. */
export function wholeRowTeam(loads: number): TeamShape {
  const team = teamWidth(loads, 4, 128)
  return { workgroupSize: team, team, rows: 4 }
}

/** The most lanes, a power of two, that have `loadsPerLane` loads each. */
function teamWidth(loads: number, loadsPerLane: number, widest: number): number {
  let team = 1
  while (team < widest && 2 * team * loadsPerLane <= loads) team *= 2
  return team
}

/** A team's rows and their sums, the way that `teamConstants` of the same device allow. */
export function teamTexts({ subgroups }: GpuFeatures, constants: Constants): string[] {
  const rows = constants.ROWS === 2 ? rows2 : rows4
  if (!subgroups) return [rows, teamSum]
  return [rows, 'SUBGROUP_MIN_SIZE' in constants ? teamSumSubgroups : teamSumInSubgroup]
}

/** Dot products of a team's rows of a dense weight. */
export const denseRowsText = ({ ROWS }: Constants) => (ROWS === 2 ? denseRows2 : denseRows4)

/** Dot products of a team's rows of an MXFP4 weight. */
export const mxfp4RowsText = ({ ROWS }: Constants) => (ROWS === 2 ? mxfp4Rows2 : mxfp4Rows4)

/** The override constants of `teamTexts`. */
export const teamConstants = (
  { features, subgroupMinSize }: Gpu,
  { workgroupSize, team, rows }: TeamShape,
): Constants => ({
  WORKGROUP_SIZE: workgroupSize,
  TEAM: team,
  ROWS: rows,
  ...(features.subgroups && team > subgroupMinSize && { SUBGROUP_MIN_SIZE: subgroupMinSize }),
})

/** Workgroups that cover `rows` rows of a matrix. */
export const teamWorkgroups = (rows: number, { workgroupSize, team, rows: teamRows }: TeamShape) =>
  Math.ceil(rows / (teamRows * (workgroupSize / team)))

const teamShaders = [rows2, rows4, teamSum, teamSumInSubgroup, teamSumSubgroups]

/** All text that `teamTexts` and `denseRowsText` choose from. */
export const denseTeamShaders = [...teamShaders, denseRows2, denseRows4]

/** All text that `teamTexts` and `mxfp4RowsText` choose from. */
export const mxfp4TeamShaders = [...teamShaders, mxfp4Rows2, mxfp4Rows4]

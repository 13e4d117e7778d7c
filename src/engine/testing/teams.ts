import type { TeamShape, Teams } from '../kernels/team'

/**
 * Teams narrower than a subgroup, as wide, wider, and all of a workgroup; of four rows and of two, which one lane stores
 * or several; in workgroups of a single subgroup and of many.
 */
export const teamsToTest: readonly TeamShape[] = [
  { workgroupSize: 128, team: 1, rows: 4 },
  { workgroupSize: 128, team: 2, rows: 2 },
  { workgroupSize: 16, team: 4, rows: 4 },
  { workgroupSize: 32, team: 8, rows: 2 },
  { workgroupSize: 128, team: 16, rows: 4 },
  { workgroupSize: 128, team: 32, rows: 2 },
  { workgroupSize: 64, team: 64, rows: 4 },
  { workgroupSize: 256, team: 128, rows: 4 },
]

/** These teams, however short the rows are. */
export const exactly =
  (shape: TeamShape): Teams =>
  () =>
    shape

import teamSum from '#shaders/shared/team-sum.wgsl?raw'
import teamSumSubgroups from '#shaders/shared/team-sum-subgroups.wgsl?raw'
import type { Gpu, GpuFeatures } from '../gpu/device'

/** How a workgroup's lanes divide into teams that share a sum; powers of two, team ≤ workgroup. */
export interface TeamShape {
  workgroupSize: number
  team: number
}

/** 32 lanes read 512 consecutive bytes of a row at a time; four teams give a GPU enough to switch between. */
export const defaultTeams: TeamShape = { workgroupSize: 128, team: 32 }

/** Rows of a matrix that one team computes, the components of the vec4 it sums. */
const rowsPerTeam = 4

export const teamSumText = ({ subgroups }: GpuFeatures) => (subgroups ? teamSumSubgroups : teamSum)

/** The override constants of `teamSumText`. */
export const teamConstants = (gpu: Gpu, { workgroupSize, team }: TeamShape) => ({
  WORKGROUP_SIZE: workgroupSize,
  TEAM: team,
  ...(gpu.features.subgroups && { SUBGROUP_MIN_SIZE: gpu.subgroupMinSize }),
})

/** Workgroups that cover `rows` rows of a matrix. */
export const teamWorkgroups = (rows: number, { workgroupSize, team }: TeamShape) =>
  Math.ceil(rows / (rowsPerTeam * (workgroupSize / team)))

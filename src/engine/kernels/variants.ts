import type { Gpu } from '../gpu/device'
import { type Choices, likeliestChoices, type Trial } from '../gpu/tuner'
import type { AttentionMeans } from './attention'
import { attentionTrial } from './attention-trial'
import { decodeAttentionTrial } from './decode-attention-trial'
import { denseTeamsTrial } from './dense-teams-trial'
import { denseTileTrial } from './dense-tile-trial'
import { expertTeamsTrial } from './expert-teams-trial'
import { expertTileTrial } from './expert-tile-trial'
import type { TeamShape } from './team'
import type { TileShape } from './tile'

/** How the largest kernels compute; results differ by rounding alone. */
export interface KernelVariants {
  /** Of decode's products with dense weights. */
  denseTeams: TeamShape
  /** Of decode's products with experts. */
  expertTeams: TeamShape
  /** Of prefill's products with dense weights. */
  denseTile: TileShape
  /** Of prefill's products with experts. */
  expertTile: TileShape
  /** Of prefill. */
  attention: AttentionMeans
  decodeAttention: AttentionMeans
}

/**
 * In the order in which they are tried. The first have two variants, one of which may be several times as fast;
 * teams have five that differ by less.
 */
const trials = [
  expertTileTrial,
  denseTileTrial,
  decodeAttentionTrial,
  attentionTrial,
  denseTeamsTrial,
  expertTeamsTrial,
]

/** All text that the trials' outcome may depend on. */
export const variantShaders = [...new Set(trials.flatMap(({ shaders }) => shaders))].join('\n')

/** What the tuner may decide on this device. */
export const kernelTrials = (gpu: Gpu): Trial[] => trials.map(({ trial }) => trial(gpu))

/** What `choices` of `kernelTrials` mean. */
export const variantsOf = (gpu: Gpu, choices: Choices): KernelVariants => ({
  denseTeams: denseTeamsTrial.chosen(gpu, choices),
  expertTeams: expertTeamsTrial.chosen(gpu, choices),
  denseTile: denseTileTrial.chosen(gpu, choices),
  expertTile: expertTileTrial.chosen(gpu, choices),
  attention: attentionTrial.chosen(gpu, choices),
  decodeAttention: decodeAttentionTrial.chosen(gpu, choices),
})

/** The variants that a device of this kind does best with, as far as that is known without trying. */
export const likeliestVariants = (gpu: Gpu): KernelVariants =>
  variantsOf(gpu, likeliestChoices(kernelTrials(gpu)))

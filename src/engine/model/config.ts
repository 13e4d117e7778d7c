/** The keys of a gpt-oss config.json that shape the computation, in camelCase (spec section 1.1). */
export interface ModelConfig {
  numHiddenLayers: number
  numLocalExperts: number
  numExpertsPerTok: number
  hiddenSize: number
  intermediateSize: number
  numAttentionHeads: number
  numKeyValueHeads: number
  headDim: number
  vocabSize: number
  /** One entry a layer. */
  layerTypes: readonly ('sliding_attention' | 'full_attention')[]
  slidingWindow: number
  maxPositionEmbeddings: number
  rmsNormEps: number
  swigluLimit: number
  ropeTheta: number
  ropeScaling: {
    ropeType: 'yarn'
    factor: number
    betaFast: number
    betaSlow: number
    originalMaxPositionEmbeddings: number
    truncate: boolean
  }
}

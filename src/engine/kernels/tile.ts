/** Tokens (or token and expert pairs) and weight rows of one tile of shaders/shared/tile.wgsl. */
export const tileTokens = 32
export const tileRows = 32

/** Tiles that hold every pair of `tokens` tokens and `topK` choices, however the router spreads them. */
export const maxExpertTiles = (tokens: number, topK: number, experts: number) => {
  const pairs = tokens * topK
  return Math.floor(pairs / tileTokens) + Math.min(pairs, experts)
}

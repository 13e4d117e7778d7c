import type { ModelConfig } from '../model/config'
import { forward, type ReadTensor } from '../reference'
import { randomIntegers } from './random'

/**
 * Random tokens at which no router wavers: at every position and layer, the last expert chosen leads
 * the first one not chosen by at least `margin`. Half precision then picks the same experts, and its
 * logits can be compared.
 *
 * Later tokens do not change earlier positions, so the text grows by one clear token at a time.
 */
export function clearTokens(
  config: ModelConfig,
  read: ReadTensor,
  { length, seed, margin = 0.1 }: { length: number; seed: number; margin?: number },
): number[] {
  const next = randomIntegers(seed)
  const tokens: number[] = []
  while (tokens.length < length) {
    const candidate = next() % config.vocabSize
    if (lastMargin(config, read, [...tokens, candidate]) >= margin) tokens.push(candidate)
  }
  return tokens
}

/** The smallest lead, over all layers, of the last expert chosen for the last token. */
export function lastMargin(
  config: ModelConfig,
  read: ReadTensor,
  tokens: readonly number[],
): number {
  let smallest = Infinity
  forward(config, read, tokens, (step, _layer, values) => {
    if (step !== 'router_logits') return
    const sorted = values.slice(-config.numLocalExperts).sort().reverse()
    const [chosen, left] = sorted.slice(config.numExpertsPerTok - 1)
    smallest = Math.min(smallest, (chosen as number) - (left ?? -Infinity))
  })
  return smallest
}

import type { Sampling } from '../conversations/chat-settings'
import { t } from '../i18n/t'

/** What is set of the sampling, each in a word or two; the temperature first. */
export function samplingFacts(sampling: Sampling): string[] {
  const { temperature, top_p, top_k, min_p, repetition_penalty, seed, max_tokens, stop } = sampling
  return [
    temperature !== undefined && t('temperature {{temperature}}', { temperature }),
    top_p !== undefined && t('top-p {{value}}', { value: top_p }),
    top_k !== undefined && t('top-k {{value}}', { value: top_k }),
    min_p !== undefined && t('min-p {{value}}', { value: min_p }),
    repetition_penalty !== undefined &&
      t('repetition penalty {{value}}', { value: repetition_penalty }),
    // A seed is no quantity: its figures are not grouped.
    seed !== undefined && t('seed {{seed}}', { seed: String(seed) }),
    max_tokens !== undefined && t('at most {{count}} tokens', { count: max_tokens }),
    stop && t('{{count}} stop strings', { count: stop.length }),
  ].filter((fact) => typeof fact === 'string')
}

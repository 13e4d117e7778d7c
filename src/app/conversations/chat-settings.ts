import type { SamplingOptions } from '../../engine/index'
import { isNumber, isRecord, text } from './checks'

/** What of a request's sampling a person may set, by the names that requests have for it. */
export const samplingRanges = {
  temperature: { min: 0, max: 2, step: 0.05 },
  top_p: { min: 0.01, max: 1, step: 0.01 },
  top_k: { min: 0, max: 1000, step: 1 },
  min_p: { min: 0, max: 1, step: 0.01 },
  repetition_penalty: { min: 0.5, max: 2, step: 0.05 },
  seed: { min: 0, max: 2 ** 32 - 1, step: 1 },
  max_tokens: { min: 1, max: 1_000_000, step: 1 },
} as const satisfies Record<keyof SamplingOptions | 'max_tokens', Range>

export type SamplingName = keyof typeof samplingRanges

/** What a number may be; a step of 1 means that it is whole. */
export interface Range {
  min: number
  max: number
  step: number
}

/** What a person has set; what is missing is as the model's makers recommend it. */
export type Sampling = { [name in SamplingName]?: number } & {
  /** Texts before which an answer ends. */
  stop?: readonly string[]
}

/** What the answers of a chat are asked with, besides its messages. */
export interface ChatSettings {
  /** The developer message; empty for none. */
  instructions: string
  sampling: Sampling
}

export const noSettings: ChatSettings = { instructions: '', sampling: {} }

/** As long as a long article; a model reads it again with every answer. */
export const instructionsLengthMax = 100_000
/** As many as the engine and OpenAI's API take. */
const stopsMax = 4
const stopLengthMax = 200

export function isWithin(value: number, { min, max, step }: Range): boolean {
  return value >= min && value <= max && (step !== 1 || Number.isInteger(value))
}

/** Whether anything is set. */
export function isSet({ instructions, sampling }: ChatSettings): boolean {
  return instructions.trim() !== '' || Object.keys(sampling).length > 0
}

/** The settings as they stand in a record: only what is set. */
export function settingsRecord({ instructions, sampling }: ChatSettings): Partial<ChatSettings> {
  return {
    ...(instructions.trim() !== '' && { instructions }),
    ...(Object.keys(sampling).length > 0 && { sampling }),
  }
}

/**
 * Reads what `settingsRecord` gives. Numbers that are out of their range are left out.
 * @throws InvalidRecord for instructions that are no text or too long
 */
export function parseSettings(record: Record<string, unknown>, at: string): Partial<ChatSettings> {
  const instructions = text(
    record.instructions ?? '',
    `${at}’s instructions`,
    instructionsLengthMax,
  )
  return settingsRecord({ instructions, sampling: parseSampling(record.sampling) })
}

/** Of what may be none, the part that is sound. */
export function parseSampling(value: unknown): Sampling {
  if (!isRecord(value)) return {}
  const numbers = Object.entries(samplingRanges).flatMap(([name, range]) => {
    const number = value[name]
    return isNumber(number) && isWithin(number, range) ? [[name, number]] : []
  })
  const stop = soundStops(value.stop)
  return { ...Object.fromEntries(numbers), ...(stop.length > 0 && { stop }) }
}

function soundStops(value: unknown): string[] {
  if (!Array.isArray(value)) return []
  return value
    .filter((stop): stop is string => typeof stop === 'string' && stop !== '')
    .filter((stop) => stop.length <= stopLengthMax)
    .slice(0, stopsMax)
}

/** Stop strings from a text with one a line, in which `\n` is a line break and `\\` a backslash. */
export function parseStops(lines: string): string[] {
  const stops = lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/\\([nt\\])/g, (_, sign: keyof typeof escaped) => escaped[sign]))
  return soundStops(stops)
}

const escaped = { n: '\n', t: '\t', '\\': '\\' }

/** The text from which `parseStops` reads these. */
export function formatStops(stops: readonly string[]): string {
  return stops
    .map((stop) => stop.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t'))
    .join('\n')
}

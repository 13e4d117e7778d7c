import type { SamplingOptions } from '../../engine/index'

/** What a person should know about a model, and how it answers best. */
export interface ModelCard {
  /** Folder of the checkpoint; relative addresses are resolved against the page's. */
  path: string
  name: string
  /** One honest sentence, shown before the first message. */
  summary: string
  origin: string
  abilities: readonly string[]
  limits: string
  /** Questions that show what it can do. */
  suggestions: readonly string[]
  /** The model's own recommendation. */
  sampling: SamplingOptions
}

/** Ships with the app, so that a first visit can chat within seconds. */
export const bundledModel: ModelCard = {
  path: 'models/gpt-oss-mini/',
  name: 'gpt-oss-mini',
  summary: 'A demonstration model of 1.4 million parameters: quick to start, and often wrong.',
  origin:
    'It has the architecture and the file format of OpenAI’s gpt-oss models at a ten-thousandth of their size. It was trained from scratch for this app, is not made by OpenAI and shares no weights with their models.',
  abilities: [
    'Add and subtract numbers of up to three digits, multiply by one digit, compare numbers',
    'Spell, count and reverse the letters of short words',
    'Name capitals, chemical symbols, opposites and a few other facts',
    'Remember a name, a city or a number from earlier in the chat',
  ],
  limits:
    'Beyond that it answers with something that looks right and is wrong, or says that it does not know. It was hardly trained on languages other than English, on long words, or on chats of more than about 550 tokens.',
  suggestions: [
    'What is 437 + 58?',
    'What is the capital of France?',
    "How many r's are in strawberry?",
    'Reverse the word planet.',
  ],
  // So small a model errs more when sampled; its makers recommend the most probable token.
  sampling: { temperature: 0 },
}

/** Absolute address of a model's folder. */
export function modelAddress(card: ModelCard, base: string): string {
  return new URL(card.path, base).href
}

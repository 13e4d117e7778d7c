import type { SamplingOptions } from '../../engine/index'
import { parseModelAddress } from '../../engine/model-address'
import { t } from '../i18n/t'
import { openaiConfig } from './openai-config'

/**
 * What a person should know about a model, and how it answers best. Cards outlive a change of
 * language: their texts are getters.
 */
export interface ModelCard {
  /** Base URL of the checkpoint; a relative one is resolved against the page's. */
  address: string
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
  /** What is known without asking anybody; a card without it is asked for its files' headers. */
  facts?: ModelFacts
}

export interface ModelFacts {
  /** Its config.json: what it needs of a GPU follows from it. */
  config: ReturnType<typeof openaiConfig>
  parameterCount: number
  /** Every file that a download keeps. */
  totalBytes: number
}

/** Ships with the app, so that a first visit can chat within seconds. */
export const bundledModel: ModelCard = {
  address: 'models/gpt-oss-mini/',
  name: 'gpt-oss-mini',
  get summary() {
    return t('A demonstration model of 1.4 million parameters: quick to start, and often wrong.')
  },
  get origin() {
    return t(
      'It has the architecture and the file format of OpenAI’s gpt-oss models at a ten-thousandth of their size. It was trained from scratch for this app, is not made by OpenAI and shares no weights with their models.',
    )
  },
  get abilities() {
    return [
      t('Add and subtract numbers of up to three digits, multiply by one digit, compare numbers'),
      t('Spell, count and reverse the letters of short words'),
      t('Name capitals, chemical symbols, opposites and a few other facts'),
      t('Remember a name, a city or a number from earlier in the chat'),
    ]
  },
  get limits() {
    return t(
      'Beyond that it answers with something that looks right and is wrong, or says that it does not know. It was hardly trained on languages other than English, on long words, or on chats of more than about 550 tokens.',
    )
  },
  // In the one language that it knows.
  suggestions: [
    'What is 437 + 58?',
    'What is the capital of France?',
    "How many r's are in strawberry?",
    'Reverse the word planet.',
  ],
  // So small a model errs more when sampled; its makers recommend the most probable token.
  sampling: { temperature: 0 },
}

/** Questions for a model that knows a good deal. */
export const suggestions = () => [
  t('Explain how a refrigerator moves heat from cold to warm.'),
  t('Write a Python function that finds the longest palindrome in a text.'),
  t('Help me plan a quiet weekend with two rainy days.'),
  t('Which is larger, 9.11 or 9.9? Show why.'),
]

/** OpenAI’s recommendation for its own models: the distribution as it is. */
const openaiSampling = { temperature: 1, top_p: 1 }

const openaiLimits = () =>
  t(
    'It knows nothing of the world after June 2024, cannot look anything up here, and can state what is false with confidence.',
  )

/** The model that most people come for. */
export const gptOss20b: ModelCard = {
  address: parseModelAddress('openai/gpt-oss-20b').model,
  name: 'gpt-oss-20b',
  get summary() {
    return t('OpenAI’s open model for a single good graphics card, with adjustable reasoning.')
  },
  get origin() {
    return t(
      'Published by OpenAI under the Apache 2.0 licence: 20.9 billion parameters, of which 3.6 billion work on each token.',
    )
  },
  get abilities() {
    return [
      t('Reason before it answers, as long as you allow'),
      t('Write and explain code, calculate, summarise, translate, plan'),
      t('Work with long texts, up to the context chosen here'),
    ]
  },
  get limits() {
    return openaiLimits()
  },
  get suggestions() {
    return suggestions()
  },
  sampling: openaiSampling,
  facts: {
    config: openaiConfig({ layers: 24, experts: 32 }),
    parameterCount: 20_914_757_184,
    totalBytes: 13_789_223_416,
  },
}

const gptOss120b: ModelCard = {
  address: parseModelAddress('openai/gpt-oss-120b').model,
  name: 'gpt-oss-120b',
  get summary() {
    return t('OpenAI’s largest open model, for workstations with 80 GB of graphics memory or more.')
  },
  get origin() {
    return t(
      'Published by OpenAI under the Apache 2.0 licence: 116.8 billion parameters, of which 5.1 billion work on each token.',
    )
  },
  get abilities() {
    return [
      t('All that gpt-oss-20b can, with more knowledge and better judgement'),
      t('Harder mathematics, science and programming'),
    ]
  },
  get limits() {
    return openaiLimits()
  },
  get suggestions() {
    return suggestions()
  },
  sampling: openaiSampling,
  facts: {
    config: openaiConfig({ layers: 36, experts: 128 }),
    parameterCount: 116_829_156_672,
    totalBytes: 65_276_818_135,
  },
}

/** The models that everybody finds in the list. */
export const builtInModels = [bundledModel, gptOss20b, gptOss120b] as const

/** What can be said of a model that somebody else made or that was picked from a disk. */
export function unknownCard(address: string, name: string): ModelCard {
  return {
    address,
    name,
    get summary() {
      return t('A model in the gpt-oss format that you added.')
    },
    get origin() {
      return t('Added by you. This app knows nothing about who made it or how it was trained.')
    },
    abilities: [],
    limits: '',
    get suggestions() {
      return suggestions()
    },
    sampling: openaiSampling,
  }
}

/** Absolute address of a model: its name in storage. */
export function modelAddress(card: ModelCard, base: string): string {
  return new URL(card.address, base).href
}

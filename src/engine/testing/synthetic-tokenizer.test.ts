import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { renderConversation } from '../harmony/render'
import { stopTokenIds } from '../harmony/tokens'
import { createTokenizer, type Tokenizer } from '../tokenizer/tokenizer'
import { configuredTokenIds, syntheticTokenizer } from './synthetic-tokenizer'
import { miniTokenizer } from './tokenizers'

function tokenizerOf(vocabSize: number): Tokenizer {
  return createTokenizer(JSON.parse(new TextDecoder().decode(syntheticTokenizer(vocabSize))))
}

describe('the tokenizer of a synthetic checkpoint', () => {
  it('encodes as the bundled one does, and has a token for every row but the reserved ones', () => {
    const tokenizer = tokenizerOf(4096)
    const text = 'What is 12 + 7? Ünïcode 🎈'
    expect(tokenizer.encode(text)).toEqual(miniTokenizer().encode(text))
    expect(tokenizer.tokenCount).toBe(4096 - 1090 + 21)
    // Where there is room for its tokens and no others.
    expect(syntheticTokenizer(1526 + 1090)).toBeDefined()
    expect(tokenizerOf(1526 + 1090).encode(text)).toEqual(miniTokenizer().encode(text))
    expect(syntheticTokenizer(1525 + 1090)).toBeUndefined()
    const all = Array.from({ length: 4096 - 1090 }, (_, id) => id)
    for (const id of all) expect(tokenizer.decode([id])).not.toBe('')
  })

  it('renders and ends conversations with special tokens of its own', () => {
    const tokenizer = tokenizerOf(4096)
    const { ids } = renderConversation([], tokenizer)
    expect(tokenizer.decode(ids)).toContain('<|start|>assistant')
    expect(stopTokenIds(tokenizer).sort()).toEqual(configuredTokenIds(4096).eos.sort())
  })

  it('is the published one for the published vocabulary', () => {
    const file = syntheticTokenizer(201088) as Uint8Array
    // Spec section 1.2.
    expect(createHash('sha256').update(file).digest('hex')).toBe(
      '0614fe83cadab421296e664e1f48f4261fa8fef6e03e63bb75c20f38e37d07d3',
    )
    expect(configuredTokenIds(201088)).toEqual({
      bos: 199998,
      pad: 199999,
      eos: [200002, 199999, 200012],
    })
  })

  it('is absent where the vocabulary is smaller than the bundled one', () => {
    expect(syntheticTokenizer(1024)).toBeUndefined()
  })
})

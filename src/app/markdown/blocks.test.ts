import { describe, expect, it } from 'vitest'
import { BlockReader } from './blocks'

const document = `# Title

A paragraph with **bold**, \`code\` and [a link](https://example.org/a_b).

- one
- two

  more of two
- three

1. first
2. second

> quoted
> still

\`\`\`js
const a = [1, 2]

// a blank line above
\`\`\`

| a | b |
| --- | --: |
| 1 | 2 |

\\[
x = \\frac{1}{2}
\\]

Setext
---

The last line, $x^2$.
`

const types = (text: string, isLive = false) =>
  new BlockReader()
    .read(text, isLive)
    .map(({ token }) => token.type)
    .filter((type) => type !== 'space')

describe('growing text', () => {
  it('ends as the same blocks as text that is read at once', () => {
    const growing = new BlockReader()
    for (let end = 1; end <= document.length; end++) growing.read(document.slice(0, end), true)
    const atOnce = new BlockReader().read(document, false)
    expect(growing.read(document, true).map(({ raw }) => raw)).toEqual(atOnce.map(({ raw }) => raw))
    expect(growing.read(document, false)).toEqual(atOnce)
  })

  it('keeps the blocks that are done', () => {
    const reader = new BlockReader()
    const before = reader.read('First.\n\nSecond, whi', true)
    const after = reader.read('First.\n\nSecond, which goes on.\n\nThi', true)
    expect(after[0]).toBe(before[0])
    expect(after.at(-1)?.raw).toBe('Thi')
  })

  it('shows a list that goes on after a blank line as one list', () => {
    const reader = new BlockReader()
    for (const text of ['- a', '- a\n', '- a\n\n', '- a\n\n- b']) reader.read(text, true)
    expect(reader.read('- a\n\n- b', true).map(({ token }) => token.type)).toEqual(['list'])
  })

  it('is read anew where it is another text', () => {
    const reader = new BlockReader()
    reader.read('# One\n\ntwo', true)
    expect(reader.read('Three', true).map(({ raw }) => raw)).toEqual(['Three'])
  })

  it.each([
    { text: 'so **bol', raw: 'so **bol**', because: 'emphasis' },
    { text: 'so `cod', raw: 'so `cod`', because: 'code' },
    { text: 'see [the page](https://exa', raw: 'see the page', because: 'an address half there' },
    { text: 'with \\(x^2', raw: 'with \\(x^2\\)', because: 'a formula' },
    { text: '\\[ x^2', raw: '\\[ x^2\\]', because: 'a formula of its own' },
    { text: '```js\na = b[', raw: '```js\na = b[', because: 'nothing is open within code' },
  ])('is closed at its end: $because', ({ text, raw }) => {
    expect(new BlockReader().read(text, true).map((block) => block.raw)).toEqual([raw])
  })
})

describe('formulas', () => {
  it.each([
    { text: '$$\nx\n$$', found: ['math'] },
    { text: 'Words\n\\[\nx - 1\n- y\n\\]\nmore', found: ['paragraph', 'math', 'paragraph'] },
    { text: 'It costs $5 and $10.', found: ['paragraph'] },
  ])('are told from other text: $text', ({ text, found }) => {
    expect(types(text)).toEqual(found)
  })
})

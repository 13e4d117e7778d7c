import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import payloads from '../../../e2e/hostile-payloads.json' with { type: 'json' }
import { decodeShare, encodeShare } from './codec'
import type { Share } from './share'
import { Transcript } from './Transcript'

/** A share that says the same wherever somebody can say anything. */
const saying = (text: string): Share => ({
  title: text,
  messages: [
    {
      role: 'user',
      content: text,
      attachments: [{ name: 'file.txt', mediaType: text, text }],
      context: { messages: 1, tokens: 1, summary: text },
    },
    {
      role: 'assistant',
      model: 'gpt-oss-mini',
      effort: 'low',
      temperature: 1,
      instructions: text,
      sampling: { stop: [text.slice(0, 200)] },
      reasoning: text,
      commentary: text,
      content: text,
    },
  ],
})

/** What runs or fetches something as soon as it is there. */
const hostile =
  /<(script|img|iframe|object|embed|video|audio|source|link|style|base|form|input|meta|use|image|animate|foreignObject)\b/i

describe('a shared prompt', () => {
  it('shows the instructions that it is tried with', () => {
    const share: Share = {
      title: 'Try it',
      messages: [{ role: 'user', content: 'What is 2 + 3?' }],
      ask: { effort: 'low', instructions: 'Answer as a <pirate>.' },
    }
    const html = renderToStaticMarkup(<Transcript share={share} />)
    expect(html).toMatch(/Answer as a &lt;pirate&gt;\..*What is 2 \+ 3\?/)
  })
})

describe('hostile words in a shared link', () => {
  it.each(payloads)('are shown as words: $category $text', async ({ text }) => {
    const opened = await decodeShare(await encodeShare(saying(text)))
    if (!('share' in opened)) throw new Error('it asks for a passphrase')
    const html = renderToStaticMarkup(<Transcript share={opened.share} />)
    expect(html).not.toMatch(hostile)
    for (const [tag] of html.matchAll(/<[a-z][^>]*>/gi)) {
      expect(tag).not.toMatch(/\s(on\w+|srcdoc|formaction|ping)=/i)
      // A formula's parts are placed and coloured; what names an address has other signs.
      const [, style] = /\sstyle="([^"]*)"/i.exec(tag) ?? []
      if (style !== undefined) expect(style).toMatch(/^[a-z\d#:;.%-]*$/)
      const [, address] = /\s(?:xlink:)?href="([^"]*)"/i.exec(tag) ?? []
      if (address !== undefined) expect(address).toMatch(/^(https?|mailto):/)
    }
  })
})

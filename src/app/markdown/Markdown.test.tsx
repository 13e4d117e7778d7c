import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import payloads from '../../../e2e/hostile-payloads.json'
import { katexNames } from './katex-elements'
import { Markdown } from './Markdown'

/** What is shown, without the names that only style it. */
const html = (text: string, live = false) =>
  renderToStaticMarkup(<Markdown live={live}>{text}</Markdown>)
    .replace(/ (?:class|dir|data-depth|style)="[^"]*"/g, '')
    .replace(/^<div>(.*)<\/div>$/s, '$1')

describe('Markdown', () => {
  it.each([
    ['a **b** *c* ~~d~~ `e`', '<p>a <strong>b</strong> <em>c</em> <del>d</del> <code>e</code></p>'],
    ['# One\n## Two', '<h3>One</h3><h4>Two</h4>'],
    ['3. c\n4. d', '<ol start="3"><li>c</li><li>d</li></ol>'],
    ['> a', '<blockquote><p>a</p></blockquote>'],
    ['---', '<hr/>'],
    [
      'a&amp;b &#39;c&#x27; &unknown; 1 &lt; 2',
      '<p>a&amp;b &#x27;c&#x27; &amp;unknown; 1 &lt; 2</p>',
    ],
    ['`a &amp; b`', '<p><code>a &amp;amp; b</code></p>'],
    ['\\*not\\*', '<p>*not*</p>'],
  ])('%s', (text, expected) => {
    expect(html(text)).toBe(expected)
  })

  it('shows tables, with line breaks in their cells', () => {
    expect(html('| a | b |\n|---|---|\n| 1<br>2 | **3** |')).toContain(
      '<tbody><tr><td>1<br/>2</td><td><strong>3</strong></td></tr></tbody>',
    )
  })

  it('shows tasks as boxes that cannot be pressed', () => {
    expect(html('- [x] done\n- [ ] not yet')).toMatch(
      /<li><input type="checkbox" aria-label="Done" disabled="" readOnly="" checked=""\/>.*done.*aria-label="To do"/,
    )
  })

  it('shows code as it is written, whatever it looks like', () => {
    const shown = html('```html\n<b>&amp;</b>\n```')
    // In colours where another test has had them loaded by now.
    const uncoloured = shown.replace(/<\/?span>/g, '')
    expect(uncoloured).toContain('&lt;b&gt;&amp;amp;&lt;/b&gt;')
    expect(shown).toContain('aria-label="Copy code"')
  })

  it('tells formulas from prices', () => {
    expect(html('$5 and $10')).toBe('<p>$5 and $10</p>')
    expect(html('so $x^2$ and \\(y\\)')).toMatch(/so .*x\^2.* and .*y/)
  })
})

describe('what a message may not do', () => {
  it.each([
    { text: '<script>alert(1)</script>', because: 'HTML is text' },
    { text: 'a <img src=x onerror=alert(1)> b', because: 'within a line too' },
    { text: '<iframe src="https://example.org"></iframe>', because: 'frames as well' },
    { text: '<style>*{display:none}</style>', because: 'and styles' },
  ])('shows $text as it is written: $because', ({ text }) => {
    const shown = html(text)
    expect(shown).not.toMatch(/<(script|img|iframe|style)/)
    expect(shown).toContain('&lt;')
  })

  it.each([
    'javascript:alert(1)',
    'data:text/html,hi',
    'vbscript:x',
    'JaVaScRiPt:alert(1)',
    '/etc',
  ])('makes no link of %s', (address) => {
    expect(html(`[press](${address})`)).toBe('<p>press</p>')
  })

  it('fetches no image: it is a link that says where it leads', () => {
    const shown = html('![a cat](https://tracker.example/pixel.png)')
    expect(shown).not.toContain('<img')
    expect(shown).toContain('href="https://tracker.example/pixel.png"')
    expect(shown).toContain('tracker.example</bdi>')
  })

  it('hides no target behind a text', () => {
    expect(html('[your bank](https://evil.example/login)')).toBe(
      '<p><a href="https://evil.example/login" title="https://evil.example/login" target="_blank" rel="noopener noreferrer"><bdi>your bank</bdi><bdi>evil.example</bdi></a></p>',
    )
  })

  it.each([
    ['<https://example.org/a?b=c>', undefined],
    ['[example.org/a](https://www.example.org/)', undefined],
    ['[mail@example.org](mailto:mail@example.org)', undefined],
    ['[a mailbox](mailto:mail@example.org)', 'mail@example.org'],
    ['[https://bank.example](https://evil.example/)', 'evil.example'],
    ['[evil.example.bank.example](https://evil.example/)', 'evil.example'],
    ['[https://bank.example/?evil.example](https://evil.example/)', 'evil.example'],
    ['[evil.example/ \u202ebank.example](https://evil.example/)', 'evil.example'],
    ['[аpple.example](https://аpple.example/)', 'xn--pple-43d.example'],
    ['<https://аpple.example/>', 'xn--pple-43d.example'],
    ['[bank.example](https://bank.example@evil.example/)', 'evil.example'],
  ])('names the target of %s unless its text does: %s', (text, target) => {
    const [, named] =
      /<bdi>([^<]*)<\/bdi><\/a>/.exec(html(text).replace(/<bdi>.*?<\/bdi>/, '')) ?? []
    expect(named).toBe(target)
  })

  it('gives no link while its address is still to come', () => {
    expect(html('see [the page](https://exa', true)).toBe('<p>see the page</p>')
  })
})

/** What this process has computed so far, whatever else the machine is busy with. */
function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

describe('what a message may not take', () => {
  const many = 20_000
  const signs = ['>', '> ', '- ', '1. ', '> - ', '*', '_', '[', '![', '(', '`', '$', '$$', '<', '~']
  const pairs = ['a*', '*a', '_a ', '**a ', '*a _b ', '[a](', '`a', '$a', '\\(', '\\[', '[]', '|a']
  const nestedList = Array.from({ length: 200 }, (_, depth) => `${'  '.repeat(depth)}- a`).join(
    '\n',
  )
  const texts: [name: string, text: string][] = [
    ...[...signs, ...pairs].map((sign) => [sign, sign.repeat(many)] satisfies [string, string]),
    ['[…]', '['.repeat(many) + ']'.repeat(many)],
    ['*a _b … b_ a*', '*a _b '.repeat(many) + ' b_ a*'.repeat(many)],
    ['a list in a list in a list …', nestedList],
  ]
  it.each(texts)('is drawn within a second, however often there is %s', (_, text) => {
    for (const live of [false, true]) {
      const began = processorMs()
      expect(html(text, live)).not.toBe('')
      expect(processorMs() - began).toBeLessThan(1000)
    }
  })

  it('is drawn with its looks as deep as anybody nests, and as written below that', () => {
    expect(html(`${'> '.repeat(10)}**a**`)).toBe(
      `${'<blockquote>'.repeat(10)}<p><strong>a</strong></p>${'</blockquote>'.repeat(10)}`,
    )
    expect(html(`${'>'.repeat(500)}end`)).toMatch(/<blockquote>(&gt;)+end<\/blockquote>/)
  })
})

/** What messages are drawn with, formulas apart; the icon of the button that copies code is there too. */
const names = new Set(
  `div p h3 h4 h5 h6 ul ol li input blockquote figure figcaption span button svg rect path pre code
   table thead tbody tr th td hr strong em del br a bdi`.split(/\s+/),
)

// They come last: with their code and formulas comes what draws those, and tests share it.
describe('a hostile message draws nothing that runs or fetches', () => {
  it.each(payloads)('$category: $text', ({ text }) => {
    for (const live of [false, true]) {
      const markup = renderToStaticMarkup(<Markdown live={live}>{text}</Markdown>)
      for (const [, name = '', written = ''] of markup.matchAll(/<([\w-]+)((?: [^<>]*)?)>/g)) {
        expect(names.has(name) || katexNames.has(name), name).toBe(true)
        for (const [, attribute = '', value = ''] of written.matchAll(/ ([\w:-]+)="([^"]*)"/g)) {
          expect(attribute).not.toMatch(/^on|src|action|^data$|poster|ping|xlink/i)
          if (attribute === 'href') expect(value).toMatch(/^(https?:\/\/|mailto:)/)
          if (attribute === 'style') expect(value).not.toMatch(/url|import|expression/i)
        }
      }
    }
  })
})

import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import payloads from '../../../e2e/hostile-payloads.json'
import { Markdown } from './Markdown'

/** What messages are drawn with, the icon of the button that copies code included. */
const elements = new Set(
  `div p h3 h4 h5 h6 ul ol li input blockquote figure figcaption span button svg rect path pre code
   table thead tbody tr th td hr strong em del br a bdi`.split(/\s+/),
)
const attributes = new Set(
  `class dir href title target rel start type aria-label aria-hidden disabled readOnly checked
   data-depth tabindex style role xmlns width height viewBox fill stroke stroke-width stroke-linecap
   stroke-linejoin x y rx ry d`
    .split(/\s+/)
    .map((name) => name.toLowerCase()),
)

it.each(payloads)('$category: $text', ({ text }) => {
  for (const live of [false, true]) {
    const markup = renderToStaticMarkup(<Markdown live={live}>{text}</Markdown>)
    for (const [, name = '', written = ''] of markup.matchAll(/<([\w-]+)((?: [^<>]*)?)>/g)) {
      expect(elements).toContain(name)
      for (const [, attribute = '', value = ''] of written.matchAll(/ ([\w-]+)="([^"]*)"/g)) {
        expect(attributes).toContain(attribute.toLowerCase())
        if (attribute === 'href') expect(value).toMatch(/^(https?:\/\/|mailto:)/)
        if (attribute === 'style') expect(value).toMatch(/^text-align:(left|right|center)$/)
      }
    }
  }
})

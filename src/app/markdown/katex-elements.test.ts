import katex from 'katex'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { katexElements } from './katex-elements'

const typeset = (tex: string) =>
  katex.renderToString(tex, { displayMode: true, strict: false, trust: false, throwOnError: false })

/** Browsers care neither for a style's last semicolon and spaces nor for how an empty element is closed. */
const normalised = (markup: string) =>
  markup
    .replaceAll(';"', '"')
    .replaceAll(': ', ':')
    .replace(/<(\w+)((?: [^<>]*?)?)\/>/g, '<$1$2></$1>')

it.each([
  'x^2 + \\frac{a}{b} < c \\& "d\' > e',
  '\\vec{v} + \\overbrace{a+b}^{n} \\oiint \\underrightarrow{abc}',
  '\\sqrt[3]{\\left(\\begin{matrix} 1 & 2 \\\\ 3 & 4 \\end{matrix}\\right)}',
  '\\cancel{x} \\fbox{y} \\colorbox{red}{z} \\textcolor{#228B22}{w} \\pmb{b} \\boxed{q}',
  '\\left\\{ \\begin{cases} a \\\\ b \\\\ c \\\\ d \\end{cases} \\right. \\text{ if } \\not= \\Big\\langle',
  '\\undefined',
  '\\href{javascript:alert(1)}{a} \\includegraphics{https://evil.example/x.png} \\htmlStyle{color:red}{b}',
])('draws %s as KaTeX does', (tex) => {
  const markup = typeset(tex)
  expect(normalised(renderToStaticMarkup(createElement('i', null, katexElements(markup))))).toBe(
    `<i>${normalised(markup)}</i>`,
  )
})

it('makes no element that KaTeX does not draw with', () => {
  for (const name of ['img', 'a', 'script', 'style', 'iframe', 'foreignObject'])
    expect(() => katexElements(`<span><${name} src="x"></${name}></span>`)).toThrow(TypeError)
})

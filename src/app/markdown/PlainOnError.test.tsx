import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import { PlainOnError } from './PlainOnError'

it('shows what cannot be drawn as it was written, until the text is another', () => {
  const boundary = new PlainOnError({ text: '<b> **a**', children: <p>drawn</p> })
  expect(renderToStaticMarkup(boundary.render())).toBe('<p>drawn</p>')
  boundary.state = { ...boundary.state, ...PlainOnError.getDerivedStateFromError() }
  expect(renderToStaticMarkup(boundary.render())).toContain('&lt;b&gt; **a**')
  const { props, state } = boundary
  expect(PlainOnError.getDerivedStateFromProps(props, state)).toBeNull()
  const another = { text: 'b', hasFailed: false }
  expect(PlainOnError.getDerivedStateFromProps({ ...props, text: 'b' }, state)).toEqual(another)
})

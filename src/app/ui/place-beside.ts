const gapPx = 4

/** No popup is wider. */
const widthMax = '20rem'

/** Puts a popup beside its button, on whichever side there is more room, and no wider than that. */
export function placeBeside({ style }: HTMLElement, { left, right, top, bottom }: DOMRect) {
  const isBelow = bottom + top < innerHeight
  style.top = isBelow ? `${bottom + gapPx}px` : 'auto'
  style.bottom = isBelow ? 'auto' : `${innerHeight - top + gapPx}px`
  style.maxHeight = `${(isBelow ? innerHeight - bottom : top) - 4 * gapPx}px`
  const isRight = left + right < innerWidth
  style.left = isRight ? `${left}px` : 'auto'
  style.right = isRight ? 'auto' : `${innerWidth - right}px`
  style.maxWidth = `min(${widthMax}, ${(isRight ? innerWidth - left : right) - 2 * gapPx}px)`
}

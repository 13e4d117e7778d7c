const gapPx = 4

/** Puts a popup beside its button, on whichever side there is more room. */
export function placeBeside({ style }: HTMLElement, { left, right, top, bottom }: DOMRect) {
  const isBelow = bottom + top < innerHeight
  style.top = isBelow ? `${bottom + gapPx}px` : 'auto'
  style.bottom = isBelow ? 'auto' : `${innerHeight - top + gapPx}px`
  style.maxHeight = `${(isBelow ? innerHeight - bottom : top) - 4 * gapPx}px`
  const isRight = left + right < innerWidth
  style.left = isRight ? `${left}px` : 'auto'
  style.right = isRight ? 'auto' : `${innerWidth - right}px`
}

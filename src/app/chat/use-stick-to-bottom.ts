import { useCallback, useEffect, useRef, useState } from 'react'

/** Nearer to the end than this counts as being there. */
const slackPx = 8

/**
 * Keeps a scroller at its end while its content grows, until the reader scrolls up; coming back to
 * the end takes hold again. Does nothing while `enabled` is false.
 */
export function useStickToBottom(enabled: boolean) {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const stuck = useRef(true)
  /** Where the scroller was when it was last looked at or moved from here. */
  const lastTop = useRef(0)
  const [atBottom, setAtBottom] = useState(true)

  const toBottom = useCallback(() => {
    stuck.current = true
    setAtBottom(true)
    if (scroller.current) lastTop.current = scrollToEnd(scroller.current)
  }, [])

  useEffect(() => {
    const box = scroller.current
    if (!enabled || box === null || content.current === null) return
    lastTop.current = box.scrollTop

    const onScroll = () => {
      const distance = box.scrollHeight - box.clientHeight - box.scrollTop
      // Moving up is the reader's doing; a growing content only moves the end away.
      const movedUp = box.scrollTop < lastTop.current
      lastTop.current = box.scrollTop
      stuck.current = distance < slackPx || (stuck.current && !movedUp)
      setAtBottom(stuck.current)
    }
    const observer = new ResizeObserver(() => {
      // A content that shrinks moves up, too; the event that tells of it comes when it may have grown.
      if (stuck.current) lastTop.current = scrollToEnd(box)
      else onScroll()
    })

    box.addEventListener('scroll', onScroll, { passive: true })
    observer.observe(box)
    observer.observe(content.current)
    return () => {
      box.removeEventListener('scroll', onScroll)
      observer.disconnect()
      setAtBottom(true)
    }
  }, [enabled])

  return { scroller, content, atBottom, toBottom }
}

/** @returns where the scroller is then */
function scrollToEnd(box: HTMLElement): number {
  box.scrollTo({ top: box.scrollHeight, behavior: 'instant' })
  return box.scrollTop
}

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
  const [atBottom, setAtBottom] = useState(true)

  const toBottom = useCallback(() => {
    stuck.current = true
    setAtBottom(true)
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight, behavior: 'instant' })
  }, [])

  useEffect(() => {
    const box = scroller.current
    if (!enabled || box === null || content.current === null) return
    let lastTop = box.scrollTop

    const onScroll = () => {
      const distance = box.scrollHeight - box.clientHeight - box.scrollTop
      // Moving up is the reader's doing; a growing content only moves the end away.
      const movedUp = box.scrollTop < lastTop
      lastTop = box.scrollTop
      stuck.current = distance < slackPx || (stuck.current && !movedUp)
      setAtBottom(stuck.current)
    }
    const observer = new ResizeObserver(() => {
      if (stuck.current) box.scrollTop = box.scrollHeight
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

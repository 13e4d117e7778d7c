import { useEffect, useRef, useState } from 'react'
import { liveLine } from './live-line'

/** Read twice a second, however fast tokens come: faster than that nobody reads. */
const everyMs = 500

/** What growing reasoning is about now, on one line; empty once it no longer grows. */
export function useLiveLine(reasoning: string, grows: boolean): string {
  const [line, setLine] = useState('')
  const latest = useRef(reasoning)
  useEffect(() => {
    latest.current = reasoning
  }, [reasoning])

  useEffect(() => {
    if (!grows) return
    const read = () => setLine(liveLine(latest.current))
    read()
    const timer = setInterval(read, everyMs)
    return () => clearInterval(timer)
  }, [grows])

  return grows ? line : ''
}

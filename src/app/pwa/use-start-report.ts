import { useEffect } from 'react'
import { useStores } from '../stores/context'

/** A page that breaks right after it is drawn has not started. */
const soundAfterMs = 1_000

/** Registers the service worker, and tells it that this version of the page starts. */
export function useStartReport() {
  const { updates } = useStores()
  useEffect(() => {
    if (!import.meta.env.PROD) return
    const timer = setTimeout(() => void updates.getState().start(), soundAfterMs)
    return () => clearTimeout(timer)
  }, [updates])
}

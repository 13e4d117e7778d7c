import { useEffect, useState } from 'react'
import type { KeptFile, PageMessage } from '../../service-worker/messages'
import { useEngine } from '../stores/context'
import { buildHash, type Identity } from './ledger'

/** What answers and what it runs on; hashed when it is first asked for. */
export function useIdentity(): Identity {
  const [files, setFiles] = useState<readonly KeptFile[]>([])
  const [build, setBuild] = useState<string>()
  const loaded = useEngine(({ status }) => (status.phase === 'ready' ? status.model : undefined))

  useEffect(() => {
    void listFiles().then(async (files) => {
      setFiles(files)
      setBuild(await buildHash(files))
    })
  }, [])
  return { files, build, model: loaded?.model, weights: loaded?.weightHash }
}

/** The page's files as the service worker keeps them; none where it does not answer. */
async function listFiles(): Promise<KeptFile[]> {
  const worker = navigator.serviceWorker?.controller
  if (!worker) return []
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data as KeptFile[])
    const message: PageMessage = { type: 'list-files' }
    worker.postMessage(message, [port2])
  })
}

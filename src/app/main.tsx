import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createEngineClient } from '../worker/client'
import engineScript from '../worker/engine.worker?worker&url'
import { requirePolicy } from './network/policy'
import { startWorker } from './network/start-worker'
import './styles/tokens.css'
import './styles/base.css'
import { App } from './App'

requirePolicy()
const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')

/** Asks the browser not to clear this site's storage by itself; insecure pages have no storage. */
const persist = async () => 'storage' in navigator && navigator.storage.persist()

createRoot(root).render(
  <StrictMode>
    <App engine={createEngineClient(() => startWorker(engineScript), persist)} />
  </StrictMode>,
)

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createWorkerEngine } from '../worker/client'
import './styles/tokens.css'
import './styles/base.css'
import { App } from './App'

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')

createRoot(root).render(
  <StrictMode>
    <App engine={createWorkerEngine()} />
  </StrictMode>,
)

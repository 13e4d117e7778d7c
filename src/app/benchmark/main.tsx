/** Entry of bench.html. */
import { StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { useStore } from 'zustand'
import type { Engine } from '../../engine/index'
import { createEngineClient } from '../../worker/client'
import engineScript from '../../worker/engine.worker?worker&url'
import { useLocale } from '../i18n/use-locale'
import { builtInModels, bundledModel, modelAddress } from '../model/models'
import { requirePolicy } from '../network/policy'
import { startWorker } from '../network/start-worker'
import { useTheme } from '../settings/use-theme'
import { createSettingsStore } from '../stores/settings-store'
import '../styles/tokens.css'
import '../styles/base.css'
import { BenchmarkPage, type MeasurableModel } from './BenchmarkPage'
import { createBenchmarkStore } from './benchmark-store'

function Benchmark({ engine }: { engine: Engine }) {
  const [settings] = useState(() => createSettingsStore(() => localStorage))
  const [store] = useState(() => createBenchmarkStore(engine, Date.now))
  const locale = useLocale(useStore(settings, ({ language }) => language))
  useTheme(useStore(settings, ({ theme }) => theme))
  const [listModels] = useState(() => async (): Promise<MeasurableModel[]> => {
    const base = document.baseURI
    const known = new Map(builtInModels.map((card) => [modelAddress(card, base), card.name]))
    for (const { model, label } of settings.getState().addedModels) known.set(model, label)
    const bundled = modelAddress(bundledModel, base)
    // Where nothing can be stored, nothing is.
    const all = await engine.listModels().catch(() => [])
    const stored = all.filter(({ completedAt }) => completedAt)
    const models = new Set([bundled, ...stored.map(({ model }) => model)])
    return [...models].map((model) => ({ model, name: known.get(model) ?? model }))
  })

  // Words have to wait for their language.
  if (locale === undefined) return null
  return <BenchmarkPage key={locale} store={store} listModels={listModels} />
}

requirePolicy()
const root = document.getElementById('root')
if (root === null) throw new Error('bench.html has no #root')

createRoot(root).render(
  <StrictMode>
    <Benchmark engine={createEngineClient(() => startWorker(engineScript))} />
  </StrictMode>,
)

import { t } from '../i18n/t'
import { hostOf } from '../remote/endpoint'
import { useActiveCard, useEngine, useShownServer } from '../stores/context'
import type { EngineStatus } from '../stores/engine-store'

/** Who answers the next message of the shown chat. */
export interface Answerer {
  name: string
  /** What to know before relying on an answer, or why nothing can be sent. */
  hint: string
  isAble: boolean
}

export function useAnswerer(): Answerer {
  const { name } = useActiveCard()
  const hasFailed = useEngine(({ status }) => status.phase === 'failed')
  const hint = useEngine(({ status }) => hintFor(status, name))
  const server = useShownServer()
  if (!server) return { name, hint, isAble: !hasFailed }
  const { endpoint } = server
  if (!endpoint)
    return { name: server.name, hint: t('Choose who answers, then you can send.'), isAble: false }
  return {
    name: endpoint.model,
    hint: t('{{model}} can be wrong. This chat leaves your device: {{host}} reads it.', {
      model: endpoint.model,
      host: hostOf(endpoint),
    }),
    isAble: true,
  }
}

function hintFor(status: EngineStatus, model: string): string {
  if (status.phase === 'failed') return t('You can send once the model is loaded.')
  if (status.phase === 'ready' && !status.model.isStored)
    return t('Storage is off here, so the model is not kept.')
  return t('{{model}} can be wrong. Your chat stays on this device.', { model })
}

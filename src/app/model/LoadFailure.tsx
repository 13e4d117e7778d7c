import { RotateCw } from 'lucide-react'
import type { EngineErrorData } from '../../engine/errors'
import { t } from '../i18n/t'
import { hrefs } from '../route'
import { useEngine } from '../stores/context'
import { Button } from '../ui/Button'
import { ErrorNotice } from '../ui/ErrorNotice'

/** The model could not be loaded: why, another try, and the way to another model. */
export function LoadFailure({ error }: { error: EngineErrorData }) {
  const load = useEngine((state) => state.load)
  const model = useEngine((state) => state.target.model)
  return (
    <ErrorNotice
      error={error}
      errand={{ kind: 'use', model }}
      actions={
        <>
          <Button onClick={() => void load()}>
            <RotateCw size={16} aria-hidden />
            {t('Retry')}
          </Button>
          <Button look="plain" onClick={() => location.assign(hrefs.models)}>
            {t('Choose a model')}
          </Button>
        </>
      }
    />
  )
}

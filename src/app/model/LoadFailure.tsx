import { RotateCw } from 'lucide-react'
import type { EngineErrorData } from '../../engine/errors'
import { useEngine } from '../stores/context'
import { Button } from '../ui/Button'
import { ErrorNotice } from '../ui/ErrorNotice'

/** The model could not be loaded: why, and another try. */
export function LoadFailure({ error }: { error: EngineErrorData }) {
  const load = useEngine((state) => state.load)
  return (
    <ErrorNotice
      error={error}
      actions={
        <Button onClick={() => void load()}>
          <RotateCw size={16} aria-hidden />
          Retry
        </Button>
      }
    />
  )
}

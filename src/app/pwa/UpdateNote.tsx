import { useState } from 'react'
import { t } from '../i18n/t'
import { useUpdates } from '../stores/context'
import { Note } from '../ui/Toasts'
import type { UpdateStatus, UpdatesState } from './updates-store'

/** What there is to know about versions of the app. It stays until it is answered or put away. */
export function UpdateNote() {
  const updates = useUpdates((state) => state)
  const [dismissed, setDismissed] = useState<UpdateStatus>()
  const note = noteOf(updates)
  if (!note || dismissed === updates.status) return null
  const { text, ...action } = note
  return <Note text={text} action={action} onDismiss={() => setDismissed(updates.status)} />
}

function noteOf(updates: UpdatesState) {
  const update = () => void updates.update()
  const reload = () => void updates.reload()
  switch (updates.status) {
    case 'none':
      return undefined
    case 'available':
      return { text: t('A new version of Alcove is ready.'), label: t('Update'), run: update }
    case 'waiting':
      return {
        text: t('Alcove updates as soon as the answer is finished.'),
        label: t('Cancel'),
        run: updates.cancel,
      }
    case 'elsewhere':
      return {
        text: t('Alcove was updated in another tab. This one still runs the version before it.'),
        label: t('Reload'),
        run: reload,
      }
    case 'rolled-back':
      return {
        text: t('The new version of Alcove did not start. This is the one before it.'),
        label: t('Try again'),
        run: reload,
      }
  }
}

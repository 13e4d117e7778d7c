import { t } from '../i18n/t'
import { useChat, useEndpoints } from '../stores/context'
import { Button } from '../ui/Button'
import { Dialog } from '../ui/Dialog'
import { type Endpoint, hostOf, isInTheClear } from './endpoint'

interface ConfirmServerProps {
  /** Nothing is asked while this is undefined. */
  endpoint: Endpoint | undefined
  onClose: () => void
}

/** Asks, once for each server, whether chats may be sent there; the shown chat is then the first. */
export function ConfirmServer({ endpoint, onClose }: ConfirmServerProps) {
  const confirm = useEndpoints((state) => state.confirm)
  const answerBy = useChat((state) => state.answerBy)
  const host = endpoint ? hostOf(endpoint) : ''
  const agree = () => {
    if (!endpoint) return
    answerBy({ id: endpoint.id, name: endpoint.name })
    void confirm(endpoint.id)
    onClose()
  }
  return (
    <Dialog
      title={t('Send this chat to {{host}}?', { host })}
      open={endpoint !== undefined}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('Cancel')}</Button>
          <Button look="primary" onClick={agree}>
            {t('Send it there')}
          </Button>
        </>
      }
    >
      <p>
        {t(
          'With every message you send, all of this chat goes to {{host}}: what was said before, instructions and attachments too. Alcove cannot know who reads it there or how long it is kept.',
          { host },
        )}
      </p>
      {endpoint && isInTheClear(endpoint) && (
        <p>{t('The way there is not encrypted: others on the network can read along.')}</p>
      )}
      <p>
        {t('Your other chats stay on this device, and a new chat starts on this device again.')}
      </p>
    </Dialog>
  )
}

import { Globe, Pencil, Plus, Trash2 } from 'lucide-react'
import { useEffect, useId, useState } from 'react'
import { t } from '../i18n/t'
import { claimErrand } from '../network/errand'
import { useEndpoints, useStores } from '../stores/context'
import { Button } from '../ui/Button'
import { EndpointDialog } from './EndpointDialog'
import styles from './EndpointsSection.module.css'
import { type Endpoint, type EndpointDraft, hostOf, isInTheClear } from './endpoint'

/** The user's own servers: what they are for, what leaves this browser, and the list of them. */
export function EndpointsSection() {
  const endpoints = useEndpoints((state) => state.endpoints)
  const [edited, setEdited] = useState<Endpoint | 'new'>()
  const [left, setLeft] = useState<EndpointDraft>()
  const title = useId()

  // What was typed before its server was allowed, and the page opened anew.
  useEffect(() => {
    const errand = endpoints && claimErrand('server')
    if (!errand) return
    setLeft(errand.draft)
    setEdited(endpoints.find(({ id }) => id === errand.id) ?? 'new')
  }, [endpoints])

  const close = () => {
    setEdited(undefined)
    setLeft(undefined)
  }
  return (
    <section className={styles.section} aria-labelledby={title}>
      <div className={styles.about}>
        <h3 id={title}>{t('Your own servers')}</h3>
        <p>
          {t(
            'A larger machine of yours can answer in place of this device: any server that speaks OpenAI’s API, such as llama.cpp, vLLM or Ollama. You choose it for a single chat in the menu at the top, and all of that chat is then sent there. Nothing is sent to a server before.',
          )}
        </p>
        <p>
          {t(
            'Addresses and keys are kept in this browser only. They are in no backup and no export.',
          )}
        </p>
      </div>
      {endpoints && endpoints.length > 0 && (
        <ul className={styles.list} aria-label={t('Your own servers')}>
          {endpoints.map((endpoint) => (
            <li key={endpoint.id}>
              <Item endpoint={endpoint} onEdit={() => setEdited(endpoint)} />
            </li>
          ))}
        </ul>
      )}
      <div>
        <Button className={styles.add} onClick={() => setEdited('new')}>
          <Plus size={16} aria-hidden />
          {t('Add a server')}
        </Button>
      </div>
      <EndpointDialog edited={edited} left={left} onClose={close} />
    </section>
  )
}

function Item({ endpoint, onEdit }: { endpoint: Endpoint; onEdit: () => void }) {
  const { id, name, key, model } = endpoint
  const { toasts } = useStores()
  const removeEndpoint = useEndpoints((state) => state.remove)
  const remove = async () => {
    const restore = await removeEndpoint(id)
    toasts.getState().show(t('Deleted “{{name}}” and its key', { name }), {
      label: t('Undo'),
      run: () => void restore(),
    })
  }
  const facts = [
    model,
    key === '' ? t('no key') : t('with a key'),
    isInTheClear(endpoint) && t('not encrypted'),
  ]
  return (
    <article className={styles.item} aria-label={name}>
      <Globe size={18} aria-hidden />
      <div className={styles.text}>
        <h4 dir="auto">{name}</h4>
        <p>{hostOf(endpoint)}</p>
        <p>{facts.filter(Boolean).join(' · ')}</p>
      </div>
      <Button look="plain" square aria-label={t('Edit {{name}}', { name })} onClick={onEdit}>
        <Pencil size={16} aria-hidden />
      </Button>
      <Button
        look="plain"
        square
        aria-label={t('Delete {{name}}', { name })}
        onClick={() => void remove()}
      >
        <Trash2 size={16} aria-hidden />
      </Button>
    </article>
  )
}

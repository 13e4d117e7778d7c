import { FolderDown } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { EngineErrorData } from '../../engine/errors'
import { errorData } from '../../engine/errors'
import { formatBytes } from '../format'
import { RichText } from '../i18n/RichText'
import { t } from '../i18n/t'
import { EndpointsSection } from '../remote/EndpointsSection'
import { useModels, useStores } from '../stores/context'
import { DropOverlay } from '../ui/DropOverlay'
import { useDropTarget } from '../ui/use-drop-target'
import { AddModel } from './AddModel'
import { DeviceCheck } from './DeviceCheck'
import { ModelItem } from './ModelItem'
import { ModelNews } from './ModelNews'
import styles from './ModelsPage.module.css'
import { type Pick, pickOfDrop } from './picks'

/** All models side by side: what each needs, what this device offers, and what is being done. */
export function ModelsPage() {
  const { models } = useStores()
  const entries = useModels((state) => state.models)
  const heading = useRef<HTMLHeadingElement>(null)
  const [pickError, setPickError] = useState<EngineErrorData>()

  useEffect(() => {
    // A keyboard or a screen reader goes on where the new page begins.
    heading.current?.focus({ preventScroll: true })
    void models.getState().refresh()
    void models.getState().assess()
  }, [models])

  /** Adds what was picked or dropped, once it is known what that is. */
  const addPick = async (picking: Promise<Pick | undefined>) => {
    setPickError(undefined)
    try {
      const pick = await picking
      if (pick) setPickError(await models.getState().addPick(pick))
    } catch (thrown) {
      setPickError(errorData(thrown))
    }
  }
  const drop = useDropTarget(({ items }) => void addPick(pickOfDrop(items)))

  return (
    <main className={styles.page} {...drop.handlers}>
      <div className={styles.content}>
        <div className={styles.head}>
          <h2 ref={heading} tabIndex={-1}>
            {t('Models')}
          </h2>
          <p>
            {t(
              'They run on your own GPU and are kept in this browser. Nothing is fetched before you ask.',
            )}
          </p>
          <StorageLine />
        </div>
        <ul className={styles.list} aria-label={t('Models')}>
          {entries.map((entry) => (
            <li key={entry.model}>
              <ModelItem entry={entry} />
            </li>
          ))}
        </ul>
        <AddModel pickError={pickError} onPick={(picking) => void addPick(picking)} />
        <EndpointsSection />
        <DeviceCheck />
      </div>
      <ModelNews />
      {drop.isOver && (
        <DropOverlay
          icon={FolderDown}
          title={t('Drop a model’s folder, its files or a .gguf')}
          note={t('They are read where they lie; nothing is copied.')}
        />
      )}
    </main>
  )
}

/** How much is kept here, how much room is left, and whether the browser may clear it. */
function StorageLine() {
  const storage = useModels((state) => state.storage)
  const storageError = useModels((state) => state.storageError)
  const persistence = useModels((state) => state.persistence)
  if (storageError)
    return <p>{t('This browser keeps nothing here: models last as long as the page.')}</p>
  if (!storage) return null
  const { usedBytes, quotaBytes, isPersistent } = storage
  const promise = isPersistent
    ? t('The browser has promised to keep it.')
    : persistence === 'refused'
      ? t(
          'The browser was asked to keep it and has not promised: it may clear this page’s storage when the disk is full.',
        )
      : ''
  return (
    <p className={styles.storage}>
      <RichText>
        {t('<b>{{used}}</b> stored, <b>{{free}}</b> free by the browser’s estimate.', {
          used: formatBytes(usedBytes),
          free: formatBytes(Math.max(0, quotaBytes - usedBytes)),
        })}
      </RichText>{' '}
      {promise}
    </p>
  )
}

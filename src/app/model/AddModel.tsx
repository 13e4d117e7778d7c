import { FileBox, Folder } from 'lucide-react'
import {
  type ChangeEvent,
  type FormEvent,
  useEffect,
  useEffectEvent,
  useId,
  useRef,
  useState,
} from 'react'
import type { EngineErrorData } from '../../engine/errors'
import { RichText } from '../i18n/RichText'
import { t } from '../i18n/t'
import { claimErrand } from '../network/errand'
import { useModels } from '../stores/context'
import { Button } from '../ui/Button'
import { ErrorNotice } from '../ui/ErrorNotice'
import styles from './AddModel.module.css'
import { filesOfInput, type Pick, type PickerWindow, pickOf, pickWithHandles } from './picks'

interface AddModelProps {
  /** Why what was picked last was not added. */
  pickError: EngineErrorData | undefined
  onPick: (picking: Promise<Pick | undefined>) => void
}

/** A model by its address, or from this computer's disk. */
export function AddModel({ pickError, onPick }: AddModelProps) {
  const title = useId()
  return (
    <section className={styles.section} aria-labelledby={title}>
      <h3 id={title}>{t('Add a model')}</h3>
      <div className={styles.ways}>
        <ByAddress />
        <FromDisk onPick={onPick} />
      </div>
      {pickError && pickError.code !== 'cancelled' && (
        <ErrorNotice error={pickError} actions={undefined} />
      )}
    </section>
  )
}

function ByAddress() {
  const addAddress = useModels((state) => state.addAddress)
  const [address, setAddress] = useState('')
  const [looking, setLooking] = useState<AbortController>()
  const [error, setError] = useState<EngineErrorData>()
  const hint = useId()

  const add = async (address: string) => {
    if (looking || address.trim() === '') return
    const controller = new AbortController()
    setLooking(controller)
    setError(undefined)
    const refusal = await addAddress(address, controller.signal)
    setLooking(undefined)
    if (refusal?.code === 'cancelled') return
    setError(refusal)
    // What was typed meanwhile stays.
    if (!refusal) setAddress((typed) => (typed === address ? '' : typed))
  }

  // What was typed before its server was allowed, and the page opened anew.
  const addLeft = useEffectEvent(() => {
    const left = claimErrand('add-model')?.address
    if (left === undefined) return
    setAddress(left)
    void add(left)
  })
  useEffect(() => addLeft(), [])

  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    void add(address)
  }

  return (
    <form className={styles.way} onSubmit={onSubmit}>
      <label className={styles.label}>
        {t('Address')}
        <input
          className={styles.input}
          type="text"
          inputMode="url"
          autoCapitalize="off"
          autoComplete="off"
          spellCheck={false}
          placeholder="openai/gpt-oss-20b"
          aria-describedby={hint}
          value={address}
          onChange={(event) => setAddress(event.target.value)}
        />
      </label>
      <p id={hint} className={styles.hint}>
        <RichText>
          {t(
            'A repository on Hugging Face, <code>owner/name@revision</code>, a mirror’s URL, or the URL of a .gguf file. Its small files are looked at first.',
          )}
        </RichText>
      </p>
      <div className={styles.buttons}>
        <Button type="submit" disabled={address.trim() === '' || looking !== undefined}>
          {looking ? t('Looking') : t('Add')}
        </Button>
        {looking && (
          <Button look="plain" onClick={() => looking.abort()}>
            {t('Cancel')}
          </Button>
        )}
      </div>
      {error && (
        <ErrorNotice error={error} errand={{ kind: 'add-model', address }} actions={undefined} />
      )}
    </form>
  )
}

function FromDisk({ onPick }: { onPick: AddModelProps['onPick'] }) {
  const folderInput = useRef<HTMLInputElement>(null)
  const filesInput = useRef<HTMLInputElement>(null)
  const { showDirectoryPicker, showOpenFilePicker } = window as PickerWindow

  const pickFolder = () => {
    if (!showDirectoryPicker) return folderInput.current?.click()
    onPick(pickWithHandles(async () => [await showDirectoryPicker({ mode: 'read', id: 'model' })]))
  }
  const pickFiles = () => {
    if (!showOpenFilePicker) return filesInput.current?.click()
    onPick(pickWithHandles(() => showOpenFilePicker({ multiple: true, id: 'model' })))
  }
  const onChange = ({ target }: ChangeEvent<HTMLInputElement>) => {
    if (target.files?.length) onPick(Promise.resolve(pickOf(filesOfInput(target.files))))
    // The same choice must count again the next time.
    target.value = ''
  }

  return (
    <div className={styles.way}>
      <p className={styles.label}>{t('From this computer')}</p>
      <p className={styles.hint}>
        {t(
          'A folder in the Hugging Face layout or a .gguf file, read where it lies and never copied. You can also drop it anywhere on this page.',
        )}
      </p>
      <div className={styles.buttons}>
        <Button onClick={pickFolder}>
          <Folder size={16} aria-hidden />
          {t('Choose folder')}
        </Button>
        <Button onClick={pickFiles}>
          <FileBox size={16} aria-hidden />
          {t('Choose files')}
        </Button>
      </div>
      <input
        ref={(input) => {
          folderInput.current = input
          // React does not know this attribute.
          if (input) input.webkitdirectory = true
        }}
        type="file"
        hidden
        aria-label={t('Model folder')}
        onChange={onChange}
      />
      <input
        ref={filesInput}
        type="file"
        hidden
        multiple
        aria-label={t('Model files')}
        onChange={onChange}
      />
    </div>
  )
}

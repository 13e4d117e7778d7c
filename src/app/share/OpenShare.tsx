import { LockKeyhole } from 'lucide-react'
import { type FormEvent, type ReactNode, useEffect, useId, useState } from 'react'
import { t } from '../i18n/t'
import { Button } from '../ui/Button'
import { Notice } from '../ui/Notice'
import { openShareHash } from './link'
import styles from './OpenShare.module.css'
import { type Refusal, refusalText, ShareRefused } from './refusal'
import type { Share } from './share'

type Opening =
  | { step: 'reading' }
  | { step: 'refused'; refusal: Refusal }
  | { step: 'locked'; unlock: (passphrase: string) => Promise<Share> }
  | { step: 'open'; share: Share }

interface OpenShareProps {
  /** The address's `#…` part. */
  hash: string
  children: (share: Share) => ReactNode
}

/** Reads what a link holds, asks for its passphrase where it has one, and says what is wrong with it. */
export function OpenShare({ hash, children }: OpenShareProps) {
  const [opening, setOpening] = useState<Opening>({ step: 'reading' })

  useEffect(() => {
    let isCurrent = true
    openShareHash(hash).then(
      (opened) => {
        if (!isCurrent) return
        if ('share' in opened) setOpening({ step: 'open', share: opened.share })
        else setOpening({ step: 'locked', unlock: opened.unlock })
      },
      (error) => {
        if (isCurrent) setOpening({ step: 'refused', refusal: refusalOf(error) })
      },
    )
    return () => {
      isCurrent = false
    }
  }, [hash])

  switch (opening.step) {
    case 'reading':
      return null
    case 'refused':
      return (
        <Notice title={t('This shared chat cannot be opened')}>
          {refusalText(opening.refusal)}
        </Notice>
      )
    case 'locked':
      return (
        <Locked
          unlock={opening.unlock}
          onOpen={(share) => setOpening({ step: 'open', share })}
          onRefuse={(refusal) => setOpening({ step: 'refused', refusal })}
        />
      )
    case 'open':
      return children(opening.share)
  }
}

interface LockedProps {
  unlock: (passphrase: string) => Promise<Share>
  onOpen: (share: Share) => void
  /** What is inside is no better for another passphrase. */
  onRefuse: (refusal: Refusal) => void
}

function Locked({ unlock, onOpen, onRefuse }: LockedProps) {
  const [passphrase, setPassphrase] = useState('')
  const [isWrong, setWrong] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const hint = useId()

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setWrong(false)
    try {
      onOpen(await unlock(passphrase))
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal.code !== 'wrong-passphrase') return onRefuse(refusal)
      setWrong(true)
      setBusy(false)
    }
  }
  return (
    <form className={styles.locked} onSubmit={(event) => void submit(event)}>
      <h2>
        <LockKeyhole size={20} aria-hidden />
        {t('This shared chat has a passphrase')}
      </h2>
      <p>{t('Whoever sent you the link knows it. It is not in the link.')}</p>
      <label>
        {t('Passphrase')}
        <input
          type="password"
          autoComplete="off"
          dir="auto"
          required
          value={passphrase}
          aria-invalid={isWrong}
          aria-describedby={hint}
          onChange={({ target }) => setPassphrase(target.value)}
        />
      </label>
      <p id={hint} className={styles.hint} role="alert">
        {isWrong && refusalText({ code: 'wrong-passphrase' })}
      </p>
      <Button look="primary" type="submit" disabled={isBusy}>
        {t('Open')}
      </Button>
    </form>
  )
}

function refusalOf(error: unknown): Refusal {
  if (!(error instanceof ShareRefused)) throw error
  return error.refusal
}

import { FileCode2, FileSpreadsheet, FileText, X } from 'lucide-react'
import { type RefObject, useRef, useState } from 'react'
import { extensionOf } from '../attachments/file-name'
import type { Attachment } from '../conversations/conversation'
import { t } from '../i18n/t'
import { Button } from '../ui/Button'
import styles from './AttachmentChips.module.css'
import { AttachmentDialog } from './AttachmentDialog'

interface AttachmentChipsProps {
  attachments: readonly Attachment[]
  /** Names of files that are still being read. */
  reading?: readonly string[]
  /** What takes files away, where they can be taken away. */
  removal?: {
    remove: (name: string) => void
    /** Has the focus when the last file is gone. */
    focusAfter: RefObject<HTMLElement | null>
  }
}

/** Files that go with a question, each with what it takes of the context; a press shows its text. */
export function AttachmentChips({ attachments, reading = [], removal }: AttachmentChipsProps) {
  const [shown, setShown] = useState<Attachment>()
  const list = useRef<HTMLUListElement>(null)

  const removeButton = (name: string) =>
    removal && (
      <Button
        look="plain"
        square
        className={styles.remove}
        data-removes={name}
        aria-label={t('Remove {{name}}', { name })}
        onClick={() => {
          neighbour(list.current, name, removal.focusAfter.current)?.focus()
          removal.remove(name)
        }}
      >
        <X size={16} aria-hidden />
      </Button>
    )

  if (attachments.length + reading.length === 0) return null
  return (
    <>
      <ul
        ref={list}
        className={styles.chips}
        data-editable={removal !== undefined}
        aria-label={t('Attached files')}
      >
        {attachments.map((attachment) => (
          <li key={attachment.name} className={styles.chip}>
            <button
              type="button"
              className={styles.open}
              aria-haspopup="dialog"
              onClick={() => setShown(attachment)}
            >
              <KindIcon name={attachment.name} />
              <span className={styles.name} dir="auto">
                {attachment.name}
              </span>
              <span className={styles.tokens}>{tokensText(attachment)}</span>
            </button>
            {removeButton(attachment.name)}
          </li>
        ))}
        {reading.map((name) => (
          <li key={name} className={styles.chip} aria-busy="true">
            <span className={styles.open}>
              <KindIcon name={name} />
              <span className={styles.name} dir="auto">
                {name}
              </span>
              <span className={styles.tokens}>{t('Reading')}</span>
            </span>
            {removeButton(name)}
          </li>
        ))}
      </ul>
      <AttachmentDialog attachment={shown} onClose={() => setShown(undefined)} />
    </>
  )
}

function tokensText({ tokens }: Attachment): string {
  return tokens === undefined ? '' : t('{{count}} tokens', { count: tokens })
}

/** What has the focus once the file of this name is gone: the next one's button, or the last one's. */
function neighbour(list: HTMLElement | null, name: string, otherwise: HTMLElement | null) {
  const buttons = [...(list?.querySelectorAll<HTMLElement>('[data-removes]') ?? [])]
  const index = buttons.findIndex(({ dataset }) => dataset.removes === name)
  return buttons[index + 1] ?? buttons[index - 1] ?? otherwise
}

const tables = /^\.(csv|tsv)$/i
const prose = /^(\.(txt|md|markdown|pdf|log|rst|tex)|)$/i

function KindIcon({ name }: { name: string }) {
  const extension = extensionOf(name)
  const Icon = tables.test(extension)
    ? FileSpreadsheet
    : prose.test(extension)
      ? FileText
      : FileCode2
  return <Icon className={styles.icon} size={16} aria-hidden />
}

import { Paperclip } from 'lucide-react'
import { useRef } from 'react'
import { t } from '../i18n/t'
import { Button } from '../ui/Button'

/** Lets a person choose files. */
export function AttachButton({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const picker = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button
        look="plain"
        square
        aria-label={t('Attach files')}
        title={t('Attach files')}
        onClick={() => picker.current?.click()}
      >
        <Paperclip size={18} aria-hidden />
      </Button>
      <input
        ref={picker}
        type="file"
        hidden
        multiple
        aria-label={t('Files to attach')}
        onChange={({ target }) => {
          const files = [...(target.files ?? [])]
          // The same file may be picked again.
          target.value = ''
          onFiles(files)
        }}
      />
    </>
  )
}

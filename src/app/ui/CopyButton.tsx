import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { t } from '../i18n/t'
import { Button } from './Button'

interface CopyButtonProps {
  text: string
  /** The same with its looks, for programs that can show them. */
  html?: () => string
  label: string
  /** The icon alone is shown; the label is what it is called. */
  iconOnly?: boolean
}

/** Puts `text` on the clipboard and says so for two seconds. */
export function CopyButton({ text, html, label, iconOnly = false }: CopyButtonProps) {
  const [copied, setCopied] = useState(false)

  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 2000)
    return () => clearTimeout(timer)
  }, [copied])

  const copy = async () => {
    if (html) await navigator.clipboard.write([new ClipboardItem(richText(text, html()))])
    else await navigator.clipboard.writeText(text)
    setCopied(true)
  }

  const Icon = copied ? Check : Copy
  const name = copied ? t('Copied') : label
  return (
    <Button
      look={iconOnly ? 'plain' : 'outlined'}
      square={iconOnly}
      aria-label={iconOnly ? name : undefined}
      onClick={() => void copy()}
    >
      <Icon size={16} aria-hidden />
      {!iconOnly && name}
    </Button>
  )
}

const richText = (text: string, html: string) => ({
  'text/plain': new Blob([text], { type: 'text/plain' }),
  'text/html': new Blob([html], { type: 'text/html' }),
})

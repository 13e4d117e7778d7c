import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from './Button'

interface CopyButtonProps {
  text: string
  label: string
  /** The icon alone is shown; the label is what it is called. */
  iconOnly?: boolean
}

/** Puts `text` on the clipboard and says so for two seconds. */
export function CopyButton({ text, label, iconOnly = false }: CopyButtonProps) {
  const [copied, setCopied] = useState(false)

  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 2000)
    return () => clearTimeout(timer)
  }, [copied])

  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }

  const Icon = copied ? Check : Copy
  const name = copied ? 'Copied' : label
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

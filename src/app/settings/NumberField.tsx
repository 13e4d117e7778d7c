import { useId, useState } from 'react'
import { isWithin, type Range } from '../conversations/chat-settings'
import { t } from '../i18n/t'
import styles from './Fields.module.css'

interface NumberFieldProps {
  label: string
  hint: string
  range: Range
  /** Undefined where nothing is set. */
  value: number | undefined
  /** What counts where nothing is set. */
  fallback: number | undefined
  /** With a slider, for what is chosen by feeling. */
  slider?: boolean
  onChange: (value: number | undefined) => void
}

/** A number that may be left empty. While it is typed, what makes no sense yet is not taken over. */
export function NumberField({
  label,
  hint,
  range,
  value,
  fallback,
  slider = false,
  onChange,
}: NumberFieldProps) {
  const id = useId()
  /** The text while it is typed. */
  const [typed, setTyped] = useState<string>()
  const shown = typed ?? value?.toString() ?? ''
  const isSound = shown === '' || isWithin(Number(shown), range)

  const onType = (text: string) => {
    setTyped(text)
    if (text === '') onChange(undefined)
    else if (isWithin(Number(text), range)) onChange(Number(text))
  }

  return (
    <div className={styles.field}>
      <label id={`${id}label`} className={styles.label} htmlFor={id}>
        {label}
      </label>
      <div className={styles.row}>
        {slider && (
          <input
            type="range"
            className={styles.slider}
            aria-labelledby={`${id}label`}
            {...range}
            value={value ?? fallback ?? range.max}
            onChange={(event) => onChange(Number(event.target.value))}
          />
        )}
        <input
          id={id}
          type="number"
          className={[styles.input, styles.number].join(' ')}
          aria-describedby={`${id}hint`}
          aria-invalid={!isSound}
          {...range}
          placeholder={fallback?.toString() ?? ''}
          value={shown}
          onChange={(event) => onType(event.target.value)}
          onBlur={() => setTyped(undefined)}
        />
      </div>
      <p id={`${id}hint`} className={styles.hint}>
        {isSound ? hint : t('A number from {{min}} to {{max}}', { min: range.min, max: range.max })}
      </p>
    </div>
  )
}

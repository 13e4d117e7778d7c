import { useId, useState } from 'react'
import {
  formatStops,
  parseStops,
  type Sampling,
  type SamplingName,
  samplingRanges,
} from '../conversations/chat-settings'
import { t } from '../i18n/t'
import { serverSampling } from '../remote/chat-server'
import { useActiveCard, useChatSettings, useShownServer } from '../stores/context'
import { Button } from '../ui/Button'
import styles from './Fields.module.css'
import { NumberField } from './NumberField'

/** How the model chooses its words in this chat. */
export function SamplingFields() {
  const sampling = useChatSettings((state) => state.settings.sampling)
  const change = useChatSettings((state) => state.change)
  const card = useActiveCard()
  const isByServer = useShownServer() !== undefined
  const recommended = isByServer ? serverSampling : card.sampling
  const heading = useId()
  const { temperature: _, top_p: __, ...advanced } = sampling
  const [isOpen] = useState(Object.keys(advanced).length > 0)

  const set = <Name extends keyof Sampling>(name: Name, value: Sampling[Name]) => {
    const { [name]: _, ...others } = sampling
    change({ sampling: { ...others, ...(value !== undefined && { [name]: value }) } })
  }
  const number = (name: SamplingName) => ({
    range: samplingRanges[name],
    value: sampling[name],
    onChange: (value: number | undefined) => set(name, value),
  })

  return (
    <section className={styles.section} aria-labelledby={heading}>
      <h3 id={heading}>{t('Sampling')}</h3>
      <NumberField
        label={t('Temperature')}
        hint={t('At 0 the likeliest word is taken always; higher is more varied.')}
        fallback={recommended.temperature ?? 1}
        slider
        {...number('temperature')}
      />
      <NumberField
        label={t('Top-p')}
        hint={t('Only the likeliest words that together have this share are considered.')}
        fallback={recommended.top_p ?? 1}
        slider
        {...number('top_p')}
      />
      <details className={styles.fold} open={isOpen}>
        <summary>{t('Advanced')}</summary>
        <div className={styles.folded}>
          <NumberField
            label={t('Top-k')}
            hint={t('How many of the likeliest words are considered; 0 for all of them.')}
            fallback={recommended.top_k ?? 0}
            {...number('top_k')}
          />
          <NumberField
            label={t('Min-p')}
            hint={t('Words less likely than this share of the likeliest are left out.')}
            fallback={recommended.min_p ?? 0}
            {...number('min_p')}
          />
          <NumberField
            label={t('Repetition penalty')}
            hint={t('Above 1, words that are in the chat already become less likely.')}
            fallback={recommended.repetition_penalty ?? 1}
            {...number('repetition_penalty')}
          />
          <NumberField
            label={t('Seed')}
            hint={t(
              'With a seed the same question gets the same answer. Empty: a new one each time.',
            )}
            fallback={undefined}
            {...number('seed')}
          />
          <NumberField
            label={t('Max tokens')}
            hint={t('An answer ends after this many, reasoning included. Empty: no limit.')}
            fallback={undefined}
            {...number('max_tokens')}
          />
          <StopStrings
            stops={sampling.stop ?? []}
            onChange={(stops) => set('stop', stops.length > 0 ? stops : undefined)}
          />
        </div>
      </details>
      <Button
        className={styles.end}
        disabled={Object.keys(sampling).length === 0}
        onClick={() => change({ sampling: {} })}
      >
        {t('Reset to the model’s defaults')}
      </Button>
    </section>
  )
}

interface StopStringsProps {
  stops: readonly string[]
  onChange: (stops: readonly string[]) => void
}

function StopStrings({ stops, onChange }: StopStringsProps) {
  const id = useId()
  /** The lines while they are typed. */
  const [typed, setTyped] = useState<string>()
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {t('Stop strings')}
      </label>
      <textarea
        id={id}
        className={styles.text}
        aria-describedby={`${id}hint`}
        rows={2}
        dir="auto"
        spellCheck={false}
        value={typed ?? formatStops(stops)}
        onChange={({ target }) => {
          setTyped(target.value)
          onChange(parseStops(target.value))
        }}
        onBlur={() => setTyped(undefined)}
      />
      <p id={`${id}hint`} className={styles.hint}>
        {t('Up to 4, one a line: an answer ends before the first of them. \\n is a line break.')}
      </p>
    </div>
  )
}

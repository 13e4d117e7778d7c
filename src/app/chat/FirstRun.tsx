import { ArrowRight } from 'lucide-react'
import { useEffect } from 'react'
import { t } from '../i18n/t'
import { bundledModel, gptOss20b } from '../model/models'
import { verdictText } from '../model/verdict-text'
import { hrefs } from '../route'
import { useEngine, useModels, useStores } from '../stores/context'
import styles from './FirstRun.module.css'

/** What the bundled model is and is not, and the way to one that is worth the download. */
export function FirstRun() {
  const verdict = useVerdict()
  return (
    <section className={styles.firstRun} aria-label={t('About this model')}>
      <p>
        {t(
          '{{mini}} answers at once, to show how this works: it can do small sums, spell and name capitals. It is no assistant, and often wrong.',
          { mini: bundledModel.name },
        )}
      </p>
      <p className={styles.get}>
        <a className={styles.link} href={hrefs.models}>
          {t('Get {{name}}', { name: gptOss20b.name })}
          <ArrowRight className="mirrored" size={16} aria-hidden />
        </a>
        <span className={styles.verdict} data-tone={verdict?.tone}>
          {verdict?.text}
        </span>
      </p>
    </section>
  )
}

/** Whether gpt-oss-20b would run here, in a few words; asked of the GPU once it is there. */
function useVerdict() {
  const { models } = useStores()
  const adapter = useEngine(({ status }) =>
    status.phase === 'ready' ? status.model.adapter : undefined,
  )
  const memory = useModels(
    (state) => state.models.find(({ model }) => model === gptOss20b.address)?.memory,
  )

  useEffect(() => {
    if (adapter) void models.getState().assess(gptOss20b.address)
  }, [adapter, models])

  if (adapter === undefined || memory === undefined) return undefined
  if (adapter.isSoftware)
    return { tone: 'fair', text: t('There is no GPU here: far too slow on the processor') }
  const { tone, title } = verdictText(memory)
  return { tone, text: memory.verdict.fit === 'fits' ? t('Fits on this GPU') : title }
}

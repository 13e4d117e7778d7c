import {
  type ChangeEvent,
  type FormEvent,
  type HTMLInputTypeAttribute,
  useEffect,
  useId,
  useState,
} from 'react'
import { allows } from '../../network/connect-sources'
import { type AnswerErrorData, answerErrorData } from '../errors'
import { t } from '../i18n/t'
import { allowHost } from '../network/allowed-hosts'
import { connectSources, isSealed } from '../network/policy'
import { useEndpoints, useStores } from '../stores/context'
import { Button } from '../ui/Button'
import { Dialog } from '../ui/Dialog'
import { ErrorNotice } from '../ui/ErrorNotice'
import { FormActions } from '../ui/FormActions'
import styles from './EndpointDialog.module.css'
import {
  type DraftProblem,
  type Endpoint,
  type EndpointDraft,
  isInTheClear,
  readBaseUrl,
  readDraft,
  readServer,
} from './endpoint'

interface EndpointDialogProps {
  /** Nothing is shown while this is undefined. */
  edited: Endpoint | 'new' | undefined
  /** What was typed already, before the page opened anew. */
  left: EndpointDraft | undefined
  onClose: () => void
}

/** Adds a server or changes one; nothing is kept before Save. */
export function EndpointDialog({ edited, left, onClose }: EndpointDialogProps) {
  const form = useId()
  return (
    <Dialog
      title={edited === 'new' ? t('Add a server') : t('Edit server')}
      open={edited !== undefined}
      onClose={onClose}
      actions={<FormActions form={form} submit={t('Save')} onCancel={onClose} />}
    >
      <EndpointForm
        id={form}
        endpoint={edited === 'new' ? undefined : edited}
        left={left}
        onSaved={onClose}
      />
    </Dialog>
  )
}

interface EndpointFormProps {
  id: string
  endpoint: Endpoint | undefined
  left: EndpointDraft | undefined
  onSaved: () => void
}

const nothing: EndpointDraft = { name: '', baseUrl: '', key: '', model: '' }

function EndpointForm({ id, endpoint, left, onSaved }: EndpointFormProps) {
  const save = useEndpoints((state) => state.save)
  const [typed, setTyped] = useState<EndpointDraft>(left ?? endpoint ?? nothing)
  const [problem, setProblem] = useState<DraftProblem>()
  const connection = useConnectionTest()

  const onSubmit = async (event: FormEvent) => {
    event.preventDefault()
    const draft = readDraft(typed)
    if ('problem' in draft) return setProblem(draft)
    try {
      await save(draft, endpoint?.id)
      onSaved()
      letReach(draft)
    } catch {
      setProblem({ field: 'baseUrl', problem: t('This browser refused to keep it.') })
    }
  }

  const test = async () => {
    const server = readServer(typed)
    if ('problem' in server) return setProblem(server)
    setProblem(undefined)
    const [first = ''] = await connection.test(server)
    setTyped((typed) => ({ ...typed, model: typed.model || first }))
  }

  const field = (name: keyof EndpointDraft) => ({
    value: typed[name],
    problem: problem?.field === name ? problem.problem : undefined,
    onChange: (value: string) => {
      setTyped({ ...typed, [name]: value })
      setProblem(undefined)
    },
  })
  const baseUrl = readBaseUrl(typed.baseUrl)

  return (
    <form id={id} className={styles.form} noValidate onSubmit={(event) => void onSubmit(event)}>
      <Field
        label={t('Address')}
        hint={
          typeof baseUrl === 'string' && isInTheClear({ baseUrl })
            ? t(
                'The way there is not encrypted: others on the network can read along, the key too.',
              )
            : t('With or without /v1 at its end.')
        }
        placeholder="http://localhost:8080"
        {...field('baseUrl')}
      />
      <Field
        label={t('Key')}
        hint={t('Leave it empty if the server wants none.')}
        type="password"
        {...field('key')}
      />
      <Field
        label={t('Model')}
        hint={t('The name by which the server knows it.')}
        choices={connection.models?.length ? connection.models : undefined}
        {...field('model')}
      />
      <Field label={t('Name')} hint={t('What you call this server.')} {...field('name')} />
      <div className={styles.test}>
        <Button disabled={connection.isUnderWay} onClick={() => void test()}>
          {t('Test connection')}
        </Button>
        <p role="status">{connection.report}</p>
      </div>
      {connection.error && (
        <ErrorNotice
          error={connection.error}
          errand={{ kind: 'server', draft: typed, id: endpoint?.id }}
          actions={undefined}
        />
      )}
    </form>
  )
}

/** Who adds a server wants it to be reached: the page opens anew where it may not do so yet. */
function letReach({ baseUrl }: EndpointDraft) {
  if (isSealed || allows(connectSources(), baseUrl, location.origin)) return
  allowHost(new URL(baseUrl).origin)
  location.reload()
}

/** Asks a server for its models, which tells whether it can be reached with this key. */
function useConnectionTest() {
  const { remote } = useStores()
  const [controller, setController] = useState<AbortController>()
  const [models, setModels] = useState<readonly string[]>()
  const [error, setError] = useState<AnswerErrorData>()

  useEffect(() => () => controller?.abort(), [controller])

  return {
    models,
    error,
    isUnderWay: controller !== undefined,
    report: controller
      ? t('Asking for its models')
      : models && t('Connected. {{count}} models.', { count: models.length }),

    /** The models; none where it failed. */
    async test(server: Parameters<typeof remote.models>[0]): Promise<readonly string[]> {
      const controller = new AbortController()
      setController(controller)
      setError(undefined)
      setModels(undefined)
      try {
        const models = await remote.models(server, { signal: controller.signal })
        setModels(models)
        return models
      } catch (thrown) {
        setError(answerErrorData(thrown))
        return []
      } finally {
        setController(undefined)
      }
    },
  }
}

interface FieldProps {
  label: string
  hint: string
  value: string
  /** Why what was typed cannot stay. */
  problem: string | undefined
  type?: HTMLInputTypeAttribute
  placeholder?: string
  /** To choose from, where they are known. */
  choices?: readonly string[] | undefined
  onChange: (value: string) => void
}

function Field({ label, hint, value, problem, type = 'text', choices, ...props }: FieldProps) {
  const id = useId()
  const control = {
    id,
    value,
    'aria-describedby': `${id}hint`,
    'aria-invalid': problem !== undefined,
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLSelectElement>) =>
      props.onChange(event.target.value),
  }
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {choices ? (
        <select {...control}>
          {[...new Set([value, ...choices])].map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : (
        <input
          {...control}
          type={type}
          autoCapitalize="off"
          autoComplete="off"
          spellCheck={false}
          placeholder={props.placeholder}
        />
      )}
      <p id={`${id}hint`} className={styles.hint} data-problem={problem !== undefined}>
        {problem ?? hint}
      </p>
    </div>
  )
}

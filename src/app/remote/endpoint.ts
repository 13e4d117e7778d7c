import { t } from '../i18n/t'

/** A server that the user named, which speaks OpenAI's chat completions. It stays in this browser. */
export interface Endpoint {
  id: string
  /** What the user calls it. */
  name: string
  /** The URL under which `/chat/completions` and `/models` are, without a slash at its end. */
  baseUrl: string
  /** Goes with every request as a bearer token; empty for none. */
  key: string
  /** Which of its models answers. */
  model: string
  /** Whether the user has agreed that chats are sent there; asked for once. */
  isConfirmed: boolean
}

/** Host and port of a server, as a person knows it. */
export const hostOf = ({ baseUrl }: Pick<Endpoint, 'baseUrl'>): string => new URL(baseUrl).host

const keyLengthMax = 4096
const nameLengthMax = 200

/** What a person types of an endpoint. */
export type EndpointDraft = Pick<Endpoint, 'name' | 'baseUrl' | 'key' | 'model'>

/** What it takes to reach a server. */
export type Server = Pick<Endpoint, 'baseUrl' | 'key'>

/** Why what was typed is no endpoint. */
export interface DraftProblem {
  field: keyof EndpointDraft
  problem: string
}

/** Checks address and key as they were typed, and completes the address. */
export function readServer(typed: Server): Server | DraftProblem {
  const baseUrl = readBaseUrl(typed.baseUrl)
  if (typeof baseUrl === 'object') return { field: 'baseUrl', ...baseUrl }
  const key = typed.key.trim()
  // Anything else is no header's value, and `fetch` would refuse it.
  if (!/^[\x21-\x7e]*$/.test(key) || key.length > keyLengthMax)
    return { field: 'key', problem: t('A key has only letters, digits and signs, without spaces.') }
  return { baseUrl, key }
}

/** Checks all that was typed. A name that is missing is the host's. */
export function readDraft(typed: EndpointDraft): EndpointDraft | DraftProblem {
  const server = readServer(typed)
  if ('problem' in server) return server
  const model = typed.model.trim().slice(0, nameLengthMax)
  if (model === '')
    return {
      field: 'model',
      problem: t('Name the model, or press Test connection to choose from a list.'),
    }
  const name = typed.name.trim().slice(0, nameLengthMax) || hostOf(server)
  return { ...server, name, model }
}

/**
 * The base URL that a typed address means: `gpu-box:8000`, `https://example.org/api/v1/` and
 * `http://127.0.0.1:8080/v1/chat/completions` are all understood. Where no version is in the path,
 * the API is taken to be under `/v1`, as with llama.cpp, vLLM and Ollama.
 */
export function readBaseUrl(typed: string): string | { problem: string } {
  const address = typed.trim()
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\/\//i.test(address) ? address : withScheme(address))
  if (url === null || !/^https?:$/.test(url.protocol) || address === '')
    return { problem: t('Enter an address such as http://localhost:8080.') }
  if (url.username !== '' || url.password !== '')
    return { problem: t('The address must not have a password in it: enter it as the key.') }
  const path = url.pathname.replace(/\/+$/, '').replace(/\/(chat\/completions|models)$/, '')
  const hasVersion = path.split('/').some((segment) => /^v\d/.test(segment))
  return `${url.origin}${path}${hasVersion ? '' : '/v1'}`
}

/** Near machines seldom have certificates; a key goes to a far one encrypted or not at all. */
function withScheme(address: string): string {
  const near = URL.parse(`http://${address}`)
  return near && isNear(near) ? near.href : `https://${address}`
}

const isNear = ({ hostname }: URL) =>
  !hostname.includes('.') || /^[\d.]+$|\.(local|lan|internal|home\.arpa)$/.test(hostname)

/** Whether the way to the server leaves this machine without encryption. */
export function isInTheClear({ baseUrl }: Pick<Endpoint, 'baseUrl'>): boolean {
  const url = new URL(baseUrl)
  return url.protocol === 'http:' && !isLoopback(url)
}

const isLoopback = ({ hostname }: URL): boolean =>
  /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)

/** Reads an endpoint that another version of the app may have written; undefined for what is none. */
export function parseEndpoint(value: unknown): Endpoint | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { id, name, baseUrl, key, model, isConfirmed } = value as Record<keyof Endpoint, unknown>
  if (typeof id !== 'string' || typeof name !== 'string' || typeof baseUrl !== 'string')
    return undefined
  if (typeof key !== 'string' || typeof model !== 'string') return undefined
  const draft = readDraft({ name, baseUrl, key, model })
  return 'problem' in draft ? undefined : { id, ...draft, isConfirmed: isConfirmed === true }
}

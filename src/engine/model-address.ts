import { EngineError } from './errors'

/** A model as it is asked for by address. */
export interface ModelAddress {
  /**
   * Base URL of a folder in the Hugging Face layout, without a slash at its end, or the URL of a
   * GGUF file: a `ModelSource`'s `model`. The same place always gives the same text.
   */
  model: string
  /** The same, short enough to be read: `owner/name`, `owner/name@revision`, or host and path. */
  label: string
}

/** Sites whose paths are `/owner/name`, and whose files lie below `/owner/name/resolve/revision`. */
const hubs: ReadonlyMap<string, string> = new Map([
  ['huggingface.co', 'huggingface.co'],
  ['www.huggingface.co', 'huggingface.co'],
  ['hf.co', 'huggingface.co'],
  ['hf-mirror.com', 'hf-mirror.com'],
])

/** First parts of a hub's paths that lead to something other than a model. */
const notOwners = new Set(['api', 'collections', 'datasets', 'docs', 'models', 'papers', 'spaces'])

const OWNER = /^[\w-]+$/
const NAME = /^[\w.-]+$/

/**
 * Understands what a person types or pastes to name a model:
 *
 *   openai/gpt-oss-20b                                       a repository of the hub
 *   openai/gpt-oss-20b@v1                                    one of its revisions
 *   https://huggingface.co/openai/gpt-oss-20b/tree/v1        a page of the hub
 *   https://huggingface.co/o/n/blob/main/x.gguf              a file's page
 *   https://mirror.example/gpt-oss-20b/                      a folder on any other server
 *   https://mirror.example/x.gguf                            a GGUF file there
 *
 * The address of one of a folder's files (its config.json, a shard) stands for the folder.
 * @throws EngineError `request-invalid` for what is no address, or one that must not be asked:
 *   another scheme than http and https, a password in it, a query
 */
export function parseModelAddress(typed: string): ModelAddress {
  const text = typed.trim()
  const [, owner, name, revision] = /^([^/@:\s]+)\/([^/@:\s]+)(?:@(\S+))?$/.exec(text) ?? []
  if (owner !== undefined && name !== undefined && !hubs.has(owner.toLowerCase())) {
    return repository('https://huggingface.co', owner, name, revision ?? 'main', [])
  }
  const url = parseUrl(text)
  const hub = hubs.get(url.hostname)
  // Else a port would be lost, or a hub's files asked for without encryption.
  const isHub = hub !== undefined && url.port === ''
  const origin = isHub ? `https://${hub}` : url.origin
  const parts = url.pathname.split('/').filter((part) => part !== '')
  const [first, second, verb, urlRevision, ...path] = parts

  if (isHub && (first === undefined || second === undefined || notOwners.has(first))) {
    throw invalid(text, 'is no model of the hub; its address has the form owner/name')
  }
  if (first !== undefined && second !== undefined) {
    // Mirrors of the hub have its paths, whatever they are called.
    const isFilesPath = verb !== undefined && ['tree', 'blob', 'resolve'].includes(verb)
    if (isFilesPath && urlRevision !== undefined) {
      return repository(origin, first, second, decoded(urlRevision), path)
    }
    if (isHub) return repository(origin, first, second, 'main', [])
  }
  if (url.search !== '') {
    throw invalid(text, 'has a query; the folder of a model, or a GGUF file, is named without one')
  }
  const folder = [origin, ...withoutFile(parts)].join('/')
  return { model: folder, label: folder.replace(/^https?:\/\//, '') }
}

/**
 * The folder that a model's address leads to, and the GGUF file in it where the address is one's.
 * @throws EngineError `request-invalid`
 */
export function splitModelAddress(model: string): { folder: string; gguf: string | undefined } {
  const [, folder, file] = /^(.+)\/([^/]+\.gguf)$/i.exec(model) ?? []
  if (folder === undefined || file === undefined) return { folder: model, gguf: undefined }
  return { folder, gguf: decoded(file) }
}

function repository(
  origin: string,
  owner: string,
  name: string,
  revision: string,
  path: readonly string[],
): ModelAddress {
  const isPath = /^[^\s\\?#]+$/.test(revision) && revision.split('/').every(isNoWayUp)
  if (!OWNER.test(owner) || !NAME.test(name) || !isNoWayUp(name) || !isPath) {
    const typed = `${owner}/${name}${revision === 'main' ? '' : `@${revision}`}`
    throw invalid(typed, 'is no model; write owner/name, owner/name@revision, or an https address')
  }
  const place = [origin, owner, name, 'resolve', encodeURIComponent(revision)]
  const folder = withoutFile(path)
  const label = [
    ...(origin === 'https://huggingface.co' ? [] : [origin.replace(/^https?:\/\//, '')]),
    owner,
    revision === 'main' ? name : `${name}@${revision}`,
    ...folder.map(decoded),
  ]
  return { model: [...place, ...folder].join('/'), label: label.join('/') }
}

/** @throws EngineError `request-invalid` */
function parseUrl(text: string): URL {
  const isBareHub = hubs.has((text.split('/')[0] as string).toLowerCase())
  let url: URL
  try {
    url = new URL(isBareHub ? `https://${text}` : text)
  } catch {
    throw invalid(text, 'is no address; write owner/name, or one that begins with https://')
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw invalid(text, 'is an address that does not begin with https:// or http://')
  }
  if (url.username !== '' || url.password !== '') {
    throw new EngineError({
      code: 'request-invalid',
      problem: 'the address has a user name or a password in it, which would be stored and shown',
    })
  }
  return url
}

/** The folder that holds one of a checkpoint's files; a GGUF file stands for itself. */
function withoutFile(parts: readonly string[]): readonly string[] {
  return /\.(json|safetensors)$/i.test(parts.at(-1) ?? '') ? parts.slice(0, -1) : parts
}

const isNoWayUp = (part: string) => !/^\.*$/.test(part)

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw invalid(part, 'has a broken % sequence in it')
  }
}

function invalid(typed: string, problem: string): EngineError {
  const shown = typed.length <= 100 ? typed : `${typed.slice(0, 99)}…`
  return new EngineError({
    code: 'request-invalid',
    problem: `${JSON.stringify(shown)} ${problem}`,
  })
}

import { EngineError } from '../errors'
import { systemClock } from './clock'
import { isObject } from './file-content'
import { createHttpSource } from './http-source'
import { askAgain, createBackOff, type RetryOptions } from './retry'
import { type ShardSource, throwIfCancelled } from './shard-source'

/** An answer that has not come after this long is taken for none. */
const ANSWER_TIMEOUT_MS = 10_000

/** Longest answer that is read; that about gpt-oss-20b has 9 kB. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024

/** What a hub says about one revision of a model. */
export interface Publication {
  /** The commit that the revision stood for when it was asked; its files never change. */
  commit: string
  /** Empty where the hub names the commit and lists no files. */
  files: readonly PublishedFile[]
}

export interface PublishedFile {
  /** Relative to the checkpoint's folder. */
  name: string
  byteLength: number
  /** SHA-256 in lower-case hexadecimal; hubs publish it of large files alone. */
  sha256?: string
}

/** A place that publishes models by revision, with the hashes of their files. */
export interface Hub {
  /**
   * What the hub says by now; undefined where it does not say: a plain mirror without this API, a
   * private repository, an answer that CORS hides.
   * @throws EngineError `cancelled`
   */
  publication(signal?: AbortSignal): Promise<Publication | undefined>

  /** The files of the commit that was published, whatever the branch stands for by now. */
  sourceOf(publication: Publication): ShardSource
}

/**
 * The hub behind a base URL of the form HOST/OWNER/REPO/resolve/REVISION/, maybe with a folder after
 * it, as on huggingface.co and its mirrors; undefined for any other URL.
 *
 * Asks HOST/api/models/OWNER/REPO/… for the commit and its files, in requests without any header.
 */
export function createHub(
  baseUrl: string,
  fetch: typeof globalThis.fetch,
  options: RetryOptions = {},
): Hub | undefined {
  const match = /^(https?:\/\/.+)\/([^/]+)\/([^/]+)\/resolve\/([^/]+)(?:\/(.*?))?\/*$/.exec(baseUrl)
  if (match === null) return undefined
  const [, host, owner, repo, revision = '', folder = ''] = match
  const api = `${host}/api/models/${owner}/${repo}`

  const ask = createQuestion(fetch, options)

  return {
    async publication(signal) {
      const commit = isCommit(revision)
        ? revision
        : commitOf(await ask(`${api}/revision/${revision}`, signal))
      if (commit === undefined) return undefined
      const tree = await ask(`${api}/tree/${commit}?recursive=true`, signal)
      return { commit, files: publishedFiles(tree, decodeURIComponent(folder)) }
    },

    sourceOf({ commit }) {
      const url = [host, owner, repo, 'resolve', commit, folder].filter((part) => part !== '')
      return createHttpSource(url.join('/'), fetch, options)
    },
  }
}

/** Asks a URL for JSON; what comes back is undefined when there is no such answer to be had. */
function createQuestion(fetch: typeof globalThis.fetch, options: RetryOptions) {
  const { clock = systemClock } = options
  const backOff = createBackOff(options)

  async function askOnce(url: string, signal: AbortSignal | undefined): Promise<unknown> {
    const silence = new AbortController()
    const stop = clock.setTimer(ANSWER_TIMEOUT_MS, () => silence.abort())
    try {
      const response = await fetch(url, {
        referrerPolicy: 'no-referrer',
        cache: 'no-store',
        signal: signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
      })
      const { ok, status } = response
      if (ok) return await readJson(response)
      await response.body?.cancel().catch(() => {})
      throw new EngineError({ code: 'http-status', url, status })
    } catch (error) {
      throwIfCancelled(signal)
      if (error instanceof EngineError) throw error
      throw new EngineError({ code: 'network', url, detail: String(error) })
    } finally {
      stop()
    }
  }

  return (url: string, signal: AbortSignal | undefined): Promise<unknown> =>
    askAgain(() => askOnce(url, signal), backOff, signal).catch((error) => {
      throwIfCancelled(signal)
      if (!(error instanceof EngineError)) throw error
      return undefined
    })
}

/** The JSON value of an answer; undefined where it is none, or longer than any hub's. */
async function readJson(response: Response): Promise<unknown> {
  const decoder = new TextDecoder()
  let text = ''
  let receivedBytes = 0
  const reader = response.body?.getReader()
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true }
    if (done) break
    receivedBytes += value.length
    if (receivedBytes > MAX_ANSWER_BYTES) {
      await reader?.cancel().catch(() => {})
      return undefined
    }
    text += decoder.decode(value, { stream: true })
  }
  try {
    return JSON.parse(text + decoder.decode())
  } catch {
    return undefined
  }
}

const isCommit = (text: unknown): text is string =>
  typeof text === 'string' && /^[0-9a-f]{40}$/.test(text)

function commitOf(revision: unknown): string | undefined {
  if (!isObject(revision)) return undefined
  return isCommit(revision.sha) ? revision.sha : undefined
}

/** The files below `folder`; what is not as a hub writes it is not there. */
function publishedFiles(tree: unknown, folder: string): PublishedFile[] {
  if (!Array.isArray(tree)) return []
  const above = folder === '' ? '' : `${folder}/`
  return tree.flatMap((entry: unknown) => {
    if (!isObject(entry) || entry.type !== 'file') return []
    const { path, size: byteLength, lfs } = entry
    if (typeof path !== 'string' || !path.startsWith(above)) return []
    if (typeof byteLength !== 'number') return []
    const oid = isObject(lfs) ? lfs.oid : undefined
    const sha256 = typeof oid === 'string' && /^[0-9a-f]{64}$/.test(oid) ? oid : undefined
    const name = path.slice(above.length)
    return [{ name, byteLength, ...(sha256 !== undefined && { sha256 }) }]
  })
}

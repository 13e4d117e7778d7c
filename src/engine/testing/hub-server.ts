import { createHash } from 'node:crypto'
import { type Answer, type FileServer, serveFiles, startServer } from './file-server'
import type { Files } from './memory-source'

/** A model on a hub: commits, and the one that its branch `main` is at. */
export interface HubRepository {
  head: string
  commits: Map<string, Files>
}

/** The name of a commit that a test can tell from others: 40 times the same digit. */
export const commit = (digit: string): string => digit.repeat(40)

export interface HubServer extends FileServer {
  /** Asks like a request for a file: METHOD and path, in order. */
  paths(): string[]
}

/**
 * Starts a hub with one repository, openai/tiny, which ends with the test; `baseUrl` names its
 * branch `main`. It answers as huggingface.co does: hashes of large files alone are published.
 */
export async function startHub(
  repository: HubRepository,
  serve: (files: Files) => Answer = serveFiles,
): Promise<HubServer> {
  const answers = new Map(Array.from(repository.commits, ([name, files]) => [name, serve(files)]))
  const server = await startServer((request, response) => {
    const path = (request.url ?? '').slice(1).split('/')
    const answerJson = (value: unknown) =>
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))

    if (request.url === '/api/models/openai/tiny/revision/main') {
      answerJson({ id: 'openai/tiny', sha: repository.head })
      return
    }
    const listed = /^\/api\/models\/openai\/tiny\/tree\/(\w+)\?recursive=true$/.exec(
      request.url ?? '',
    )
    const files = repository.commits.get(listed?.[1] ?? '')
    if (files !== undefined) {
      answerJson(treeOf(files))
      return
    }
    const [owner, name, verb, revision = '', ...file] = path
    const answer = answers.get(revision === 'main' ? repository.head : revision)
    if (`${owner}/${name}/${verb}` !== 'openai/tiny/resolve' || answer === undefined) {
      response.writeHead(404).end('Not Found')
      return
    }
    const url = `/models/tiny/${file.join('/')}`
    answer(Object.assign(Object.create(request), { url }), response)
  })
  const { origin } = new URL(server.baseUrl)
  return {
    ...server,
    baseUrl: `${origin}/openai/tiny/resolve/main`,
    paths: () => server.requests.map(({ url }) => url ?? ''),
  }
}

/** What the hub's `tree` answers about these files. */
export function treeOf(files: Files) {
  return Array.from(files, ([path, bytes]) => ({
    type: 'file',
    oid: createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex'),
    size: bytes.length,
    path,
    ...(path.endsWith('.safetensors') && {
      lfs: {
        oid: createHash('sha256').update(bytes).digest('hex'),
        size: bytes.length,
        pointerSize: 134,
      },
    }),
  }))
}

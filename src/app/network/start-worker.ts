import { sealedMark } from '../../network/sealed'
import watchScript from '../../network/watch.worker?worker&url'
import type { WorkerContext } from '../../network/worker-context'
import { connectSources, isSealed } from './policy'
import { trustedScript } from './trusted-script'

/** The channel on which the workers of this page tell of their requests. */
export const workerChannel = `alcove-network-${crypto.randomUUID()}`

/**
 * Starts a script of this app as a worker under this page's policy.
 *
 * A worker that comes from the network has the policy of its own response, which is none where the
 * host cannot send headers. One that comes from a blob has its creator's: so the blob is a line that
 * imports the script.
 * @param script its address, as `?worker&url` gives it
 */
export function startWorker(script: string): Worker {
  const context: WorkerContext = { connectSources: connectSources(), channel: workerChannel }
  return new Worker(trustedScript(starterOf(script)), {
    type: 'module',
    name: JSON.stringify(context),
  })
}

function starterOf(script: string): string {
  const imports = [watchScript, script].map(
    (address) => `import ${JSON.stringify(trustedScript(address).toString())}\n`,
  )
  const blob = URL.createObjectURL(new Blob(imports, { type: 'text/javascript' }))
  // By its address the service worker knows whose worker it is.
  return isSealed ? `${blob}${sealedMark}` : blob
}

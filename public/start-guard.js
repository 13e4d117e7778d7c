// Runs beside the app, not as a part of it. Where a new version of the app does not come up, it tells
// the service worker (src/service-worker/shells.ts), and loads the page again if there is an earlier
// version to go back to.
const longestStartMs = 15_000
/** An error need not mean that nothing will come. */
const afterErrorMs = 2_000

function check() {
  const worker = navigator.serviceWorker?.controller
  const hasStarted = document.getElementById('root')?.hasChildNodes()
  if (hasStarted || !worker) return
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = ({ data }) => data.isRolledBack && location.reload()
  const script = document.querySelector('script[type=module]')?.src ?? ''
  worker.postMessage({ type: 'not-started', script }, [port2])
}

setTimeout(check, longestStartMs)
// Capturing: a script that cannot be loaded tells nobody but itself.
addEventListener('error', () => setTimeout(check, afterErrorMs), { capture: true, once: true })

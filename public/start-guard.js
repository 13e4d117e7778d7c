// Runs beside the app, not as a part of it. Where a new version of the app does not come up, it tells
// the service worker (src/service-worker/shells.ts), and loads the page again if there is an earlier
// version to go back to.
const longestStartSeconds = 15
/** An error need not mean that nothing will come. */
const afterErrorMs = 4_000

function check() {
  const worker = navigator.serviceWorker?.controller
  const hasStarted = document.getElementById('root')?.hasChildNodes()
  if (hasStarted || !worker) return
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = ({ data }) => data.isRolledBack && location.reload()
  const script = document.querySelector('script[type=module]')?.src ?? ''
  worker.postMessage({ type: 'not-started', script }, [port2])
}

// Counted in seconds of the page's own: while it is frozen, or the machine asleep, nothing can start.
let seconds = 0
const clock = setInterval(() => {
  seconds++
  if (seconds < longestStartSeconds) return
  clearInterval(clock)
  check()
}, 1_000)

// Capturing: a script that cannot be loaded tells nobody but itself.
addEventListener(
  'error',
  ({ target }) => {
    if (target === window || target instanceof HTMLScriptElement) setTimeout(check, afterErrorMs)
  },
  { capture: true },
)

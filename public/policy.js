// In a frame there is no app: what surrounds it could have its buttons pressed unseen. A shared chat is
// shown by embed.html, which can do nothing else and does not come by here.
if (self !== top) {
  // Nothing more of this page is read or run, whoever keeps it from being left.
  stop()
  location.replace(new URL(`embed.html${location.hash}`, location.href))
} else {
  // Before anything is loaded: whom this page may talk to. The rest of its policy never changes and is
  // in index.html (tools/headers.mjs); these servers are the person's choice, kept by
  // src/app/network/allowed-hosts.ts. A policy can be added to and never taken back, so nothing that
  // runs later can reach anybody else, the engine's worker included: see src/app/network/start-worker.ts.
  const kept = (key) => {
    try {
      return JSON.parse(localStorage.getItem(key))
    } catch {
      // Nothing was chosen yet, or this page may keep nothing: it talks to its own server alone.
    }
  }
  const address = new URL(location.href)
  // Who sealed the page sealed it for good: the address says so, for the service worker to see.
  if (kept('alcove-sealed') === true && !address.searchParams.has('sealed')) {
    address.searchParams.set('sealed', '')
    location.replace(address)
  }
  const chosen = kept('alcove-hosts')
  const isHost = (text) =>
    /^https?:\/\/(\*\.)?[\w.-]+(:\d+)?$|^https?:\/\/\[[\da-f:]+\](:\d+)?$/i.test(text)
  const hosts = Array.isArray(chosen) ? chosen.filter(isHost) : []
  const sources = address.searchParams.has('sealed') ? ["'none'"] : ["'self'", ...hosts]

  const policy = document.createElement('meta')
  policy.httpEquiv = 'Content-Security-Policy'
  policy.id = 'connect-policy'
  // A prefetch is let through by any of a policy's rules: none of them may be wider than it must.
  const own = "'self' data: blob: 'wasm-unsafe-eval'"
  policy.content = `default-src ${own}; connect-src ${sources.join(' ')}`
  document.head.append(policy)
}

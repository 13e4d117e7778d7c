/**
 * What a host should send with Alcove's files, and the same for each common host in its own words:
 *
 *   node tools/headers.mjs      writes the files anew; headers.test.ts holds that they are up to date
 *
 * A host that can send no headers needs none: the policy is in a meta tag too, less what a meta tag
 * cannot say.
 */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/**
 * What the page may load, and from where. Who may frame it is not said here, for it goes with every
 * file, and embed.html is there to be framed: see `rules`.
 *
 * @type {Readonly<Record<string, string>>}
 */
export const contentSecurityPolicy = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  // A blob is this page's own, and the one way to give a worker its page's policy on every host:
  // see src/app/network/start-worker.ts.
  'worker-src': "'self' blob:",
  'style-src': "'self'",
  'img-src': "'self' data: blob:",
  'font-src': "'self'",
  // Models and servers are wherever the person says that they are: which, public/policy.js adds.
  'connect-src': "'self' http: https:",
  'manifest-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'require-trusted-types-for': "'script'",
  'trusted-types': 'alcove',
}

/** The policy as one line, for a header or a meta tag. */
export const policyText = Object.entries(contentSecurityPolicy)
  .map(([directive, sources]) => `${directive} ${sources}`)
  .join('; ')

/** Paths of the pages that are the app: all but embed.html. Below whatever path they are. */
export const appPages = /\/(index\.html|bench\.html)?$/

/**
 * Headers by the files that they go with.
 *
 * @type {readonly { files: 'all' | 'app' | 'assets', headers: Readonly<Record<string, string>> }[]}
 */
export const rules = [
  {
    files: 'all',
    headers: {
      'Content-Security-Policy': policyText,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
      // Asked for again each time, which an unchanged file answers with 304.
      'Cache-Control': 'no-cache',
    },
  },
  {
    // What public/policy.js sees to on every host. A header of its own: of two policies, hosts that know
    // one value for a name would send one.
    files: 'app',
    headers: { 'X-Frame-Options': 'DENY' },
  },
  {
    // Their names change with their content.
    files: 'assets',
    headers: { 'Cache-Control': 'public, max-age=31536000, immutable' },
  },
]

/**
 * Netlify and Cloudflare Pages. They join what two rules say of one header, have every file asked for
 * again unless they are told otherwise, and know pages without their ending too.
 */
function netlify() {
  const paths = {
    all: ['/*'],
    app: ['/', '/index', '/index.html', '/bench', '/bench.html'],
    assets: ['/assets/*'],
  }
  const blocks = rules.flatMap(({ files, headers }) => {
    const lines = Object.entries(headers)
      .filter(([name]) => files === 'assets' || name !== 'Cache-Control')
      .map(([name, value]) => `  ${name}: ${value}`)
    return paths[files].map((path) => [path, ...lines].join('\n'))
  })
  return `${blocks.join('\n')}\n`
}

/** Vercel: of two rules that set a header, the later one wins. */
function vercel() {
  const sources = {
    all: ['/(.*)'],
    app: ['/', '/index.html', '/bench.html'],
    assets: ['/assets/(.*)'],
  }
  const headers = rules.flatMap(({ files, headers }) =>
    sources[files].map((source) => ({
      source,
      headers: Object.entries(headers).map(([key, value]) => ({ key, value })),
    })),
  )
  return `${JSON.stringify({ headers }, null, 2)}\n`
}

/** Apache, with mod_headers, in the folder that the files are in. */
function apache() {
  const patterns = { app: appPages.source.replace('\\/', '/'), assets: '/assets/' }
  const lines = rules.flatMap(({ files, headers }) => {
    const sets = Object.entries(headers).map(
      ([name, value]) => `Header always set ${name} "${value}"`,
    )
    if (files === 'all') return sets
    const condition = `<If "%{REQUEST_URI} =~ m#${patterns[files]}#">`
    return [condition, ...sets.map((set) => `  ${set}`), '</If>']
  })
  return `<IfModule mod_headers.c>\n${lines.map((line) => `  ${line}\n`).join('')}</IfModule>\n`
}

/** nginx: to be included in the `server` block. A block's headers replace those around it. */
function nginx() {
  /** @param {'all' | 'app' | 'assets'} kind */
  const add = (kind) => {
    const own = rules.filter(({ files }) => files === 'all' || files === kind)
    const headers = Object.assign({}, ...own.map(({ headers }) => headers))
    return Object.entries(headers)
      .map(([name, value]) => `  add_header ${name} "${value}" always;\n`)
      .join('')
  }
  return [
    `location ~ /assets/ {\n${add('assets')}}\n`,
    `location ~ ${appPages.source.replace('\\/', '/')} {\n${add('app')}}\n`,
    `location / {\n${add('all')}}\n`,
  ].join('')
}

/** Every host's file, by its path from the repository's root. */
export const hostFiles = {
  'public/_headers': netlify(),
  'public/vercel.json': vercel(),
  'public/.htaccess': apache(),
  'public/nginx.conf': nginx(),
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(hostFiles)) {
    const file = fileURLToPath(new URL(`../${path}`, import.meta.url))
    await writeFile(file, text)
  }
}

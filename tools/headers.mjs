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
 * What the page may load, and from where. Nothing stands here that limits who may frame it: a
 * conversation can be embedded elsewhere.
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

/**
 * Headers by the files that they go with.
 *
 * @type {readonly { files: 'all' | 'assets', headers: Readonly<Record<string, string>> }[]}
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
    // Their names change with their content.
    files: 'assets',
    headers: { 'Cache-Control': 'public, max-age=31536000, immutable' },
  },
]

/**
 * Netlify and Cloudflare Pages. They join what two rules say of one header, and have every file asked
 * for again unless they are told otherwise.
 */
function netlify() {
  const blocks = rules.map(({ files, headers }) => {
    const lines = Object.entries(headers)
      .filter(([name]) => files === 'assets' || name !== 'Cache-Control')
      .map(([name, value]) => `  ${name}: ${value}`)
    return [files === 'all' ? '/*' : '/assets/*', ...lines].join('\n')
  })
  return `${blocks.join('\n')}\n`
}

/** Vercel: of two rules that set a header, the later one wins. */
function vercel() {
  const headers = rules.map(({ files, headers }) => ({
    source: files === 'all' ? '/(.*)' : '/assets/(.*)',
    headers: Object.entries(headers).map(([key, value]) => ({ key, value })),
  }))
  return `${JSON.stringify({ headers }, null, 2)}\n`
}

/** Apache, with mod_headers, in the folder that the files are in. */
function apache() {
  const lines = rules.flatMap(({ files, headers }) => {
    const sets = Object.entries(headers).map(
      ([name, value]) => `Header always set ${name} "${value}"`,
    )
    if (files === 'all') return sets
    return [`<If "%{REQUEST_URI} =~ m#/assets/#">`, ...sets.map((set) => `  ${set}`), '</If>']
  })
  return `<IfModule mod_headers.c>\n${lines.map((line) => `  ${line}\n`).join('')}</IfModule>\n`
}

/** nginx: to be included in the `server` block. A block's headers replace those around it. */
function nginx() {
  const [all, assets] = rules
  const add = (/** @type {Readonly<Record<string, string>>} */ headers) =>
    Object.entries(headers).map(([name, value]) => `  add_header ${name} "${value}" always;\n`)
  const ofAssets = { ...all?.headers, ...assets?.headers }
  return [
    `location ~ /assets/ {\n${add(ofAssets).join('')}}\n`,
    `location / {\n${add(all?.headers ?? {}).join('')}}\n`,
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

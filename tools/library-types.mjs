/**
 * Writes the library's type declarations to dist/lib/types: a step of `npm run build:lib`.
 *
 * The sources import each other without file names' endings, which bundlers resolve and Node's own rules
 * do not; the declarations get them, so that both kinds of consumer find every type.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const types = join(root, 'dist/lib/types')

const compiler = spawnSync(
  join(root, 'node_modules/.bin/tsc'),
  [
    ...['--project', 'tsconfig.engine.json', '--rootDir', 'src', '--outDir', types],
    ...['--composite', 'false', '--incremental', 'false', '--tsBuildInfoFile', 'null'],
  ],
  { cwd: root, stdio: 'inherit' },
)
if (compiler.status !== 0) process.exit(1)

for (const name of readdirSync(types, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.d.ts')) continue
  const file = join(types, name)
  writeFileSync(file, readFileSync(file, 'utf8').replace(/( from '\.[^']*)'/g, "$1.js'"))
}

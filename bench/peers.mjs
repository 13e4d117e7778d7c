/** Entry of `npm run bench:peers`: installs the peers when they are missing, and loads peers/main.ts through Vite. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url))

if (!existsSync(path('peers/node_modules/onnxruntime-web'))) {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  const { status } = spawnSync('npm', args, { cwd: path('peers'), stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}
const { module } = await runnerImport(path('peers/main.ts'), {
  configFile: false,
  logLevel: 'error',
  root: path('..'),
  resolve: { alias: { '#shaders': path('../shaders') } },
})
await module.main(process.argv.slice(2))
process.exit()

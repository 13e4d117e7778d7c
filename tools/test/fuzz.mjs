/**
 * A longer search than the tests' for bytes that the engine does not refuse as it should:
 *
 *   npm run fuzz                            100 000 inputs of each kind, other ones every time
 *   npm run fuzz -- --runs 5000 --seed 7
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
})
console.log(`seed ${values.seed}`)

const root = fileURLToPath(new URL('../..', import.meta.url))
const { status } = spawnSync(
  join(root, 'node_modules/.bin/vitest'),
  ['run', '--project', 'unit', 'src/engine/fuzz.test.ts'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, FUZZ_RUNS: values.runs, FUZZ_SEED: values.seed },
  },
)
process.exitCode = status ?? 1

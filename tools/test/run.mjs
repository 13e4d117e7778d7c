/**
 * Runs the tests:
 *
 *   npm test                          all of them
 *   npm test -- unit|gpu|e2e          one kind
 *   npm test -- gpu matvec            of one kind, the files whose path contains a word
 *
 * `unit` needs nothing. `gpu` runs every *.gpu.test.ts twice, on two software adapters that differ.
 * `e2e` needs a Chromium. What is missing is installed or named (prepare.mjs); an adapter that cannot
 * be had counts as one skipped test. The last lines are the seconds that each kind took, and
 * `N passed, N failed, N skipped`.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { prepareAdapter, prepareChromium } from './prepare.mjs'

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {{ name: string, run: () => Counts }} Suite */

const root = fileURLToPath(new URL('../..', import.meta.url))
const reports = join(root, '.cache/test-reports')

const [kind = 'all', ...filters] = process.argv.slice(2)
/** @type {Record<string, Suite[]>} */
const kinds = {
  unit: [{ name: 'unit', run: () => vitest('unit') }],
  gpu: [
    { name: 'swiftshader', run: () => onAdapter('swiftshader') },
    { name: 'llvmpipe', run: () => onAdapter('llvmpipe') },
  ],
  e2e: [{ name: 'e2e', run: playwright }],
}
kinds.all = [...kinds.unit, ...kinds.gpu, ...kinds.e2e]

const suites = kinds[kind]
if (!suites) {
  console.error(`npm test takes unit, gpu or e2e, not ${kind}`)
  process.exit(1)
}
mkdirSync(reports, { recursive: true })
const total = { passed: 0, failed: 0, skipped: 0 }
const seconds = []
for (const { name, run } of suites) {
  const begunMs = performance.now()
  const counts = run()
  seconds.push(`${name} ${Math.round((performance.now() - begunMs) / 1000)} s`)
  total.passed += counts.passed
  total.failed += counts.failed
  total.skipped += counts.skipped
}
console.log(`\n${seconds.join(', ')}`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
if (filters.length > 0 && total.passed + total.failed + total.skipped === 0)
  console.error(`No test file's path contains ${filters.join(' or ')}.`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0

/**
 * @param {'swiftshader' | 'llvmpipe'} adapter
 * @returns {Counts}
 */
function onAdapter(adapter) {
  const problem = prepareAdapter(adapter)
  if (!problem) return vitest(adapter)
  console.log(`skipped: ${problem}`)
  return { passed: 0, failed: 0, skipped: 1 }
}

/**
 * @param {'unit' | 'swiftshader' | 'llvmpipe'} project
 * @returns {Counts}
 */
function vitest(project) {
  const report = join(reports, `${project}.json`)
  const args = ['--project', project, '--reporter=default', '--reporter=json', '--passWithNoTests']
  return run(
    project,
    'vitest',
    ['run', ...args, `--outputFile.json=${report}`],
    report,
    (json) => ({
      passed: json.numPassedTests,
      // A file that does not even load has no tests to fail.
      failed: json.numFailedTests + json.testResults.filter(isBrokenFile).length,
      skipped: json.numPendingTests + json.numTodoTests,
    }),
  )
}

/** @param {{ status: string, assertionResults: unknown[] }} file */
function isBrokenFile({ status, assertionResults }) {
  return status === 'failed' && assertionResults.length === 0
}

/** @returns {Counts} */
function playwright() {
  const problem = prepareChromium()
  if (problem) {
    console.log(`failed: ${problem}`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
  const report = join(reports, 'e2e.json')
  const args = ['test', '--reporter=list,json', '--pass-with-no-tests']
  return run('e2e', 'playwright', args, report, ({ stats }) => ({
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky,
    skipped: stats.skipped,
  }))
}

/**
 * Runs a test program in the foreground and reads the report it leaves behind.
 *
 * @param {string} name
 * @param {'vitest' | 'playwright'} program
 * @param {string[]} args
 * @param {string} report path of the JSON it writes
 * @param {(json: any) => Counts} count
 * @returns {Counts}
 */
function run(name, program, args, report, count) {
  console.log(`\n── ${name} ──`)
  rmSync(report, { force: true })
  const { status } = spawnSync(join(root, 'node_modules/.bin', program), [...args, ...filters], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: report },
  })

  let counts = { passed: 0, failed: 0, skipped: 0 }
  try {
    counts = count(JSON.parse(readFileSync(report, 'utf8')))
  } catch (error) {
    console.log(`${name} left no report: ${error}`)
  }
  // It may fail without a failed test: by an error between tests.
  if (status !== 0 && counts.failed === 0) counts.failed = 1
  console.log(
    `${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
  )
  return counts
}

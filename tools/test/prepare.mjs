/**
 * Makes this machine ready for the tests, and says what it does:
 *
 *   node tools/test/prepare.mjs
 *
 * What is missing gets installed where that needs no password: as root on Debian through apt-get,
 * elsewhere the Chromium that Playwright downloads. Anything else is named, with the command for it.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findLlvmpipe, findSwiftshader, llvmpipeFolder, probeAdapter } from './adapters.mjs'
import { findChromium } from './chromium.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const layerSources = ['layer.c', 'build.sh'].map((name) => join(root, 'tools/llvmpipe', name))

/** @type {{ [adapter in 'swiftshader' | 'llvmpipe']: () => string | undefined }} */
const install = { swiftshader: installSwiftshader, llvmpipe: installLlvmpipe }

/**
 * Finds or installs a Chromium.
 *
 * @returns {string | undefined} why there is none; undefined when there is one
 */
export function prepareChromium() {
  if (!findChromium()) installChromium()
  const chromium = findChromium()
  if (!chromium) return 'no Chromium: npx playwright install --with-deps chromium'
  say(`Chromium: ${chromium}`)
}

/**
 * Finds or installs a software adapter, and asks Dawn for it.
 *
 * @param {'swiftshader' | 'llvmpipe'} adapter
 * @returns {string | undefined} why it cannot be had; undefined when it can
 */
export function prepareAdapter(adapter) {
  if (process.platform !== 'linux') return `${adapter} stands in for a GPU on Linux only`
  const missing = install[adapter]()
  if (missing) return missing
  const probe = probeAdapter(adapter)
  if ('problem' in probe) return `${adapter} does not start: ${probe.problem}`
  say(`${adapter}: ${probe.description}`)
}

function installSwiftshader() {
  if (!findSwiftshader()) installChromium()
  if (!findSwiftshader())
    return 'SwiftShader comes with Chromium: npx playwright install --with-deps chromium'
}

function installLlvmpipe() {
  const packages = [
    [findLlvmpipe(), 'mesa-vulkan-drivers'],
    [existsSync('/usr/include/vulkan/vulkan.h'), 'libvulkan-dev'],
    [existsSync('/usr/include/stdlib.h'), 'libc6-dev'],
    [run('gcc', ['--version']).status === 0, 'gcc'],
  ]
  const missing = packages.filter(([found]) => !found).map(([, name]) => String(name))
  if (missing.length > 0 && !aptInstall(missing))
    return `llvmpipe needs packages: sudo apt-get install ${missing.join(' ')}`

  const stampFile = join(llvmpipeFolder, 'stamp')
  const stamp = layerStamp()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return
  say(`building the llvmpipe layer in ${llvmpipeFolder}`)
  const build = run('bash', [join(root, 'tools/llvmpipe/build.sh'), llvmpipeFolder])
  if (build.status !== 0) return `the llvmpipe layer did not build: ${build.stderr.trim()}`
  writeFileSync(stampFile, stamp)
}

/** Changes with everything that the built layer and its copy of Chromium are made from. */
function layerStamp() {
  const hash = createHash('sha256')
  for (const file of layerSources) hash.update(readFileSync(file))
  const chromium = '/usr/lib/chromium/chromium'
  if (existsSync(chromium)) hash.update(String(statSync(chromium).ino))
  return hash.digest('hex')
}

function installChromium() {
  // Ubuntu's package is an empty shell around a snap; Playwright knows what to install there.
  const isDebian =
    existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))
  if (isDebian && aptInstall(['chromium'])) return
  const args = ['playwright', 'install', ...(isRoot() ? ['--with-deps'] : []), 'chromium']
  say(`npx ${args.join(' ')}`)
  run('npx', args, 'inherit')
}

/** @param {string[]} packages */
function aptInstall(packages) {
  if (!isRoot() || run('apt-get', ['--version']).status !== 0) return false
  say(`apt-get install ${packages.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (/** @type {string[]} */ ...args) =>
    spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
  return apt('update') && apt('install', '-y', '--no-install-recommends', ...packages)
}

function isRoot() {
  return process.getuid?.() === 0
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {'pipe' | 'inherit'} stdio
 */
function run(command, args, stdio = 'pipe') {
  return spawnSync(command, args, { cwd: root, stdio, encoding: 'utf8' })
}

/** @param {string} line */
function say(line) {
  console.log(`prepare: ${line}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = [
    prepareChromium(),
    prepareAdapter('swiftshader'),
    prepareAdapter('llvmpipe'),
  ].filter((problem) => problem !== undefined)
  for (const problem of problems) say(problem)
  process.exitCode = problems.length > 0 ? 1 : 0
}

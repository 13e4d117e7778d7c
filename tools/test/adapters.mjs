/**
 * The two software adapters that stand in for a GPU, and the environment that makes Dawn in Node use each.
 *
 * SwiftShader comes with Chromium; llvmpipe is Mesa's, made acceptable to WebGPU by the layer in ../llvmpipe,
 * which `prepare.mjs` builds into .cache/llvmpipe.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium } from './chromium.mjs'

/** Where the llvmpipe layer is built. */
export const llvmpipeFolder = fileURLToPath(new URL('../../.cache/llvmpipe', import.meta.url))

/** Path of the Vulkan manifest of a Chromium's SwiftShader, or undefined where there is none. */
export function findSwiftshader() {
  const folders = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome']
  const chromium = findChromium()
  if (chromium && existsSync(chromium)) folders.unshift(dirname(realpathSync(chromium)))
  return folders
    .map((folder) => join(folder, 'vk_swiftshader_icd.json'))
    .find((manifest) => existsSync(manifest))
}

/** Path of the Vulkan manifest of Mesa's llvmpipe, or undefined where Mesa is not installed. */
export function findLlvmpipe() {
  const machine = { x64: 'x86_64', arm64: 'aarch64' }[process.arch] ?? process.arch
  return [`lvp_icd.${machine}.json`, 'lvp_icd.json']
    .map((name) => join('/usr/share/vulkan/icd.d', name))
    .find((manifest) => existsSync(manifest))
}

/**
 * An adapter that is not installed gets an environment in which Dawn finds nothing: never another one.
 *
 * @param {'swiftshader' | 'llvmpipe'} adapter
 * @returns {Record<string, string>} environment variables for Node or Vitest
 */
export function adapterEnvironment(adapter) {
  const environment = { XDG_RUNTIME_DIR: '/tmp' } // Mesa complains without one
  if (adapter === 'swiftshader')
    return { ...environment, VK_ICD_FILENAMES: findSwiftshader() ?? '/no/swiftshader' }
  return {
    ...environment,
    VK_ICD_FILENAMES: findLlvmpipe() ?? '/no/llvmpipe',
    VK_LAYER_PATH: llvmpipeFolder,
    VK_INSTANCE_LAYERS: 'VK_LAYER_llvmpipe_webgpu',
  }
}

/**
 * Asks Dawn, in a process of its own, for the adapter.
 *
 * @param {'swiftshader' | 'llvmpipe'} adapter
 * @returns {{ description: string } | { problem: string }} what the adapter calls itself, or what Dawn said
 */
export function probeAdapter(adapter) {
  const script = `
    const { create } = await import('webgpu')
    const gpu = create([])
    const adapter = await gpu.requestAdapter()
    console.log(adapter?.info.description ?? '')
    process.exit()`
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script],
    {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      env: { ...process.env, ...adapterEnvironment(adapter) },
      encoding: 'utf8',
    },
  )
  const description = stdout.trim()
  return description ? { description } : { problem: stderr.trim() || 'Dawn offers no adapter' }
}

/**
 * The two software adapters that stand in for a GPU, and the environment that makes Dawn in Node use each.
 *
 * SwiftShader comes with Chromium; llvmpipe is Mesa's, made acceptable to WebGPU by the layer in ../llvmpipe,
 * which `prepare.mjs` builds into .cache/llvmpipe.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const llvmpipeFolder = fileURLToPath(new URL('../../.cache/llvmpipe', import.meta.url))

const swiftshaderManifests = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
]

/** Path of the Vulkan manifest of a Chromium's SwiftShader, or undefined where no Chromium is installed. */
export function findSwiftshader() {
  return swiftshaderManifests.find((manifest) => existsSync(manifest))
}

/**
 * @param {'swiftshader' | 'llvmpipe'} adapter
 * @returns {Record<string, string>} environment variables for Node or Vitest
 */
export function adapterEnvironment(adapter) {
  if (adapter === 'swiftshader')
    return { VK_ICD_FILENAMES: findSwiftshader() ?? '', XDG_RUNTIME_DIR: '/tmp' }
  return {
    VK_ICD_FILENAMES: '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json',
    VK_LAYER_PATH: llvmpipeFolder,
    VK_INSTANCE_LAYERS: 'VK_LAYER_llvmpipe_webgpu',
    XDG_RUNTIME_DIR: '/tmp',
  }
}

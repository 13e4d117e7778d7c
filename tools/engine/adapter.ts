import { create, globals } from 'webgpu'
import { EngineError } from '../../src/engine/errors'
import { type Gpu, openGpu } from '../../src/engine/gpu/device'
import { findSwiftshader } from '../test/adapters.mjs'

Object.assign(globalThis, globals)

/** Dawn's instances, kept for the life of the process: Node crashes once one is collected. */
const instances: GPU[] = []

/**
 * The best adapter that Dawn finds; on a machine without one, the software adapter that comes with
 * an installed Chromium.
 * @throws EngineError `adapter-missing`
 */
export async function openNodeGpu(): Promise<Gpu> {
  try {
    return await openGpu(newInstance())
  } catch (error) {
    const swiftshader = findSwiftshader()
    const missing = error instanceof EngineError && error.data.code === 'adapter-missing'
    if (!missing || !swiftshader || process.env.VK_ICD_FILENAMES) throw error
    console.error('No GPU here: using the software adapter of Chromium.')
    process.env.VK_ICD_FILENAMES = swiftshader
    return openGpu(newInstance())
  }
}

function newInstance(): GPU {
  process.env.XDG_RUNTIME_DIR ??= '/tmp' // Mesa complains without one
  const instance = create([])
  instances.push(instance)
  return instance
}

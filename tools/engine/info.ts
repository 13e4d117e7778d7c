import type { Gpu } from '../../src/engine/gpu/device'
import { parseConfig } from '../../src/engine/model/config'
import {
  bufferContents,
  type DeviceTraits,
  type MemoryPlan,
  planMemory,
} from '../../src/engine/model/memory-plan'
import { bytesByFamily, expectedTensors, parameterCount } from '../../src/engine/model/weights'
import { openNodeGpu } from './adapter'
import { openModel } from './model'
import { invalid, misused, type Options, readFormat, readSizes } from './options'
import { readRecipe } from './synthesize'

/**
 * The command `info`: a model, by its files or by the name of a shape, and the memory plan for this
 * adapter, or for one with the limits that are given.
 */
export async function info(given: Options) {
  if ((given.model === undefined) === (given.shape === undefined))
    throw misused('one of --model and --shape must be given')
  const { config, tensors, listed } = given.model ? await modelOf(given) : shapeOf(given)
  const device = given.limits === undefined ? await openNodeGpu() : limitedDevice(given)
  const { contextTokens: wantedContext = 8192, chunkTokens } = readSizes(given)
  const contextTokens = Math.min(wantedContext, config.maxPositionEmbeddings)
  return {
    config,
    parameterCount: parameterCount(config),
    ...listed,
    bytesByFamily: bytesByFamily(config, tensors),
    ...('adapter' in device ? adapterOf(device) : { limits: device.limits }),
    memory: describePlan(planMemory(config, tensors, device, { contextTokens, chunkTokens })),
  }
}

async function modelOf(given: Options) {
  const { config, checkpoint } = await openModel(given)
  const { tensors } = checkpoint
  return {
    config,
    tensors,
    listed: {
      files: checkpoint.files,
      tensors: [...tensors.names()].map((name) => tensors.get(name)),
    },
  }
}

function shapeOf(given: Options) {
  const config = parseConfig(readRecipe(given).config)
  return { config, tensors: expectedTensors(config, readFormat(given)), listed: {} }
}

/** An adapter with buffers up to --limits, that nobody needs to have. */
function limitedDevice(given: Options): DeviceTraits {
  const bytes = readBytes(String(given.limits))
  return {
    limits: { maxBufferSize: bytes, maxStorageBufferBindingSize: bytes },
  }
}

/** @throws EngineError `request-invalid` */
function readBytes(text: string): number {
  const [, number, unit] = /^(\d+)(KiB|MiB|GiB)$/.exec(text) ?? []
  if (unit === undefined) throw invalid(`--limits is "${text}", not a size like 128MiB or 2GiB`)
  return Number(number) * { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }[unit as 'KiB']
}

const adapterOf = ({ adapter, features, limits }: Gpu) => ({
  adapter: { ...adapter, features, limits },
})

function describePlan(plan: MemoryPlan) {
  const {
    contextTokens,
    chunkTokens,
    weightBytes,
    kvCacheBytes,
    scratchBytes,
    totalBytes,
    excess,
  } = plan
  return {
    contextTokens,
    chunkTokens,
    weightBytes,
    kvCacheBytes,
    scratchBytes,
    totalBytes,
    ...(excess && { excess }),
    buffers: bufferContents(plan).map(({ buffer: { label, dtype, shape, byteLength }, holds }) => ({
      label,
      dtype,
      shape,
      byteLength,
      ...(holds.length > 0 && {
        holds: holds.map(({ tensor, first, count }) => ({ tensor, first, count })),
      }),
    })),
  }
}

import { bufferUsage } from '../gpu/flags'
import { webgpu } from './gpu'

export interface Room {
  /** What all storage buffers of all devices may take together. */
  bytes: number
  /** Whether a device that is asked for more goes away, as some drivers do. */
  losesDevice?: boolean
}

/**
 * The adapter that the environment names, as if it were no software and its memory had so much room.
 * @param devices gets every device that is opened
 */
export function limitedGpu(room: Room, devices: GPUDevice[] = []): GPU {
  let usedBytes = 0

  function limit(device: GPUDevice) {
    const createBuffer = device.createBuffer.bind(device)
    const popErrorScope = device.popErrorScope.bind(device)
    let refusal: GPUError | null = null
    device.popErrorScope = () => {
      const refused = refusal
      refusal = null
      return popErrorScope().then((error) => error ?? refused)
    }
    device.createBuffer = (description) => {
      const { size, usage, label } = description
      // Those without a label are the few bytes that a device is examined with when it is opened.
      const counts = (usage & bufferUsage.storage) !== 0 && label !== undefined
      if (!counts) return createBuffer(description)
      if (usedBytes + size > room.bytes) {
        if (room.losesDevice) device.destroy()
        refusal = new GPUOutOfMemoryError('no room')
        return createBuffer({ ...description, size: 4 })
      }
      const buffer = createBuffer(description)
      usedBytes += size
      const destroy = buffer.destroy.bind(buffer)
      buffer.destroy = () => {
        usedBytes -= size
        destroy()
      }
      return buffer
    }
  }

  return {
    async requestAdapter(options) {
      const adapter = await webgpu.requestAdapter(options)
      if (!adapter) return null
      Object.defineProperty(adapter, 'info', { value: likeHardware(adapter.info) })
      const requestDevice = adapter.requestDevice.bind(adapter)
      adapter.requestDevice = async (descriptor) => {
        const device = await requestDevice(descriptor)
        devices.push(device)
        limit(device)
        return device
      }
      return adapter
    },
  } as GPU
}

function likeHardware(info: GPUAdapterInfo) {
  const { vendor, architecture, description, subgroupMinSize, subgroupMaxSize } = info
  return {
    ...{ vendor, architecture, description, subgroupMinSize, subgroupMaxSize },
    isFallbackAdapter: false,
  }
}

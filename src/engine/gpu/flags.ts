/**
 * GPUBufferUsage's values (WebGPU section 5.1.2) by role. The global of that name exists only where
 * the environment installs it, and the engine is handed its `GPU` object instead.
 */
export const bufferUsage = {
  mapRead: 0x0001,
  mapWrite: 0x0002,
  copySource: 0x0004,
  copyTarget: 0x0008,
  uniform: 0x0040,
  storage: 0x0080,
} as const

/** GPUMapMode.READ. */
export const mapModeRead = 0x0001
/** GPUMapMode.WRITE. */
export const mapModeWrite = 0x0002

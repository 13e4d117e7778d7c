/** Numbers for tests that look random and are the same on every run: one seed, one sequence. */

/** A generator of integers in [0, 2³²) (splitmix32). */
export function randomIntegers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
}

/** f32 numbers, evenly spread over [-scale, scale). */
export function randomF32(length: number, seed: number, scale = 1): Float32Array {
  const next = randomIntegers(seed)
  return Float32Array.from({ length }, () => (next() / 2 ** 31 - 1) * scale)
}

/** Numbers that bf16 holds exactly, spread over [-scale, scale]. */
export function randomBf16(length: number, seed: number, scale = 1): Float32Array {
  const values = randomF32(length, seed, scale)
  const bits = new Uint32Array(values.buffer)
  for (let i = 0; i < length; i++) bits[i] = (bits[i] as number) & 0xffff0000
  return values
}

/** Numbers that f16 holds exactly, spread over [-1, 1) in steps of 1/1024. */
export function randomF16(length: number, seed: number): Float32Array {
  const next = randomIntegers(seed)
  return Float32Array.from({ length }, () => (next() >>> 21) / 1024 - 1)
}

/**
 * The bytes of numbers that bf16 holds exactly, little-endian, as a checkpoint stores them.
 *
 * @throws RangeError for a number that bf16 would round
 */
export function bf16Bytes(values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const bits = new Uint32Array(Float32Array.from(values).buffer)
  return new Uint8Array(
    Uint16Array.from(bits, (value, i) => {
      if ((value & 0xffff) !== 0 || !Object.is(f32(values[i]), values[i]))
        throw new RangeError(`bf16 cannot hold ${values[i]}`)
      return value >>> 16
    }).buffer,
  )
}

const f32 = (value: number | undefined) => Math.fround(value as number)

/** A random MXFP4 tensor: 16 bytes of blocks and one byte of scale for each group of 32 values. */
export interface RandomMxfp4 {
  blocks: Uint8Array<ArrayBuffer>
  scales: Uint8Array<ArrayBuffer>
}

/**
 * Every nibble occurs; scales are 2⁻⁷ … 2⁻⁴, and every 61st group has the scale byte 0 (2⁻¹²⁷),
 * which is legal and traps decoders that build the exponent with shifts.
 */
export function randomMxfp4(groups: number, seed: number): RandomMxfp4 {
  const next = randomIntegers(seed)
  return {
    blocks: Uint8Array.from({ length: groups * 16 }, () => next() >>> 24),
    scales: Uint8Array.from({ length: groups }, (_, g) =>
      g % 61 === 7 ? 0 : 120 + (next() >>> 30),
    ),
  }
}

// MXFP4: blocks of 32 FP4 (E2M1) values with one power-of-two scale (E8M0, bias 127).
// A block is 16 bytes; byte b holds element 2b in its low nibble and 2b + 1 in its high one, so
// word w of the block holds elements 8w..8w+7, four bits each, from the low end.

// Twice the magnitudes 0, 0.5, 1, 1.5, 2, 3, 4, 6 of codes 0..7, four bits each: integers, so that
// no step passes through a subnormal number, which a GPU may flush to zero.
const DOUBLED_MAGNITUDES = 0xC8643210u;

// Twice the values of four codes: bits 0..2 magnitude, bit 3 sign; higher bits are ignored.
fn fp4_doubled(codes: vec4u) -> vec4f {
  let magnitude = vec4f((vec4u(DOUBLED_MAGNITUDES) >> ((codes & vec4u(7u)) * 4u)) & vec4u(15u));
  return select(magnitude, -magnitude, (codes & vec4u(8u)) != vec4u(0u));
}

// Twice elements 0..3 and 4..7 of a word.
fn fp4_first4(word: u32) -> vec4f {
  return fp4_doubled(vec4u(word) >> vec4u(0u, 4u, 8u, 12u));
}

fn fp4_last4(word: u32) -> vec4f {
  return fp4_doubled(vec4u(word) >> vec4u(16u, 20u, 24u, 28u));
}

// 2^(scale - 128): the block's scale, halved because the values above are doubled. The bytes 0 and
// 1 would be subnormal and count as zero; what they scale is below 1e-37 at most.
fn mxfp4_scale(scale: u32) -> f32 {
  return select(bitcast<f32>((scale - 1u) << 23u), 0.0, scale < 2u);
}

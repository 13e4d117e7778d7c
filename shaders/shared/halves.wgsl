// Halves (IEEE 754 binary16) of the key/value cache, two in a u32 word, the first in its low half. f16-unpack.wgsl or
// f16-integer.wgsl unpacks a word.

fn unpack_halves(words: vec2u) -> vec4f {
  return vec4f(f16_pair(words.x), f16_pair(words.y));
}

fn pack_halves(values: vec4f) -> vec2u {
  return vec2u(pack_half_pair(values.xy), pack_half_pair(values.zw));
}

fn pack_half_pair(values: vec2f) -> u32 {
  return half_bits(values.x) | (half_bits(values.y) << 16u);
}

// The half that is nearest, of two the even one: by integers, since how pack2x16float rounds, and whether it keeps
// subnormal halves, is the device's affair. What is too large for a half, or no number, becomes ±65504, the largest.
//
// An f32 is a sign, eight bits of exponent (bias 127) and 23 of fraction behind a one that is not stored. A normal half
// drops 13 bits of the fraction; a subnormal one, below 2^-14, has a fixed unit of 2^-24 and drops one more for each
// power of two. Rounding up may carry into the exponent, as it should.
fn half_bits(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  let exponent = (bits >> 23u) & 0xFFu;
  let significand = (bits & 0x7FFFFFu) | 0x800000u;
  let dropped = min(126u - min(exponent, 113u), 25u);
  let odd = (significand >> dropped) & 1u;
  let kept = (significand + (1u << (dropped - 1u)) - 1u + odd) >> dropped;
  let magnitude = min(kept + ((max(exponent, 113u) - 113u) << 10u), 0x7BFFu);
  return ((bits >> 16u) & 0x8000u) | magnitude;
}

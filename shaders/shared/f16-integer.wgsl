// F16 values of a word through integers: no step passes through a subnormal number, which a device
// may take for zero. f16-unpack.wgsl defines the same name, faster, for devices that keep them.
//
// A half is a sign, five bits of exponent (bias 15) and ten of fraction. A normal one becomes an f32
// by moving both to their places and the exponent to f32's bias of 127; a subnormal one is its
// fraction times 2^-24. Infinities and NaN are no weights and come out as numbers.
fn f16_pair(word: u32) -> vec2f {
  let bits = vec2u(word, word >> 16u);
  let magnitude = bits & vec2u(0x7FFFu);
  let normal = bitcast<vec2f>((magnitude << vec2u(13u)) + vec2u(112u << 23u));
  let subnormal = vec2f(magnitude) * 0x1p-24;
  let value = select(normal, subnormal, magnitude < vec2u(0x400u));
  return select(value, -value, (bits & vec2u(0x8000u)) != vec2u(0u));
}

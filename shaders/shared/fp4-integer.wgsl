// FP4 through integers: no step passes through a subnormal number, which a device may take for zero.
// fp4-half.wgsl defines the same names, faster, for devices that keep subnormal halves.

const FP4_UNIT = 0.5;

// Twice the magnitudes 0, 0.5, 1, 1.5, 2, 3, 4, 6 of codes 0..7, four bits each.
const DOUBLED_MAGNITUDES = 0xC8643210u;

fn fp4_word(word: u32) -> Run {
  return Run(
    fp4_doubled(vec4u(word) >> vec4u(0u, 4u, 8u, 12u)),
    fp4_doubled(vec4u(word) >> vec4u(16u, 20u, 24u, 28u)),
  );
}

// Twice the values of four codes: bits 0..2 magnitude, bit 3 sign; higher bits are ignored.
fn fp4_doubled(codes: vec4u) -> vec4f {
  let magnitude = vec4f((vec4u(DOUBLED_MAGNITUDES) >> ((codes & vec4u(7u)) * 4u)) & vec4u(15u));
  return select(magnitude, -magnitude, (codes & vec4u(8u)) != vec4u(0u));
}

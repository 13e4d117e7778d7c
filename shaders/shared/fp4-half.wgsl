// FP4 through half floats, for devices that keep subnormal halves: code 1, the value 0.5, is one.
// fp4-integer.wgsl defines the same names for the others.
//
// A code s e e m becomes the high byte s 0 0 0 e e m 0 of a half, which is the value times 2^-14.
// Four codes take the same three steps at once, one in each byte of a word: the codes are moved to
// bits 4..1, adding 0x70 carries the sign from bit 4 to bit 7, and a mask clears what else it left.

const FP4_UNIT = 16384.0;

fn fp4_word(word: u32) -> Run {
  let even = (((word << 1u) & 0x1E1E1E1Eu) + 0x70707070u) & 0x8E8E8E8Eu;  // elements 0, 2, 4, 6
  let odd = (((word >> 3u) & 0x1E1E1E1Eu) + 0x70707070u) & 0x8E8E8E8Eu;   // elements 1, 3, 5, 7
  let e04 = unpack2x16float((even << 8u) & 0xFF00FF00u);
  let e15 = unpack2x16float((odd << 8u) & 0xFF00FF00u);
  let e26 = unpack2x16float(even & 0xFF00FF00u);
  let e37 = unpack2x16float(odd & 0xFF00FF00u);
  return Run(vec4f(e04.x, e15.x, e26.x, e37.x), vec4f(e04.y, e15.y, e26.y, e37.y));
}

// F16 values of a word, for devices that keep subnormal halves. f16-integer.wgsl defines the same
// name for the others.
fn f16_pair(word: u32) -> vec2f {
  return unpack2x16float(word);
}

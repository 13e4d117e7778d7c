// MXFP4: blocks of 32 FP4 (E2M1) values with one power-of-two scale (E8M0, bias 127).
// A block is 16 bytes; byte b holds element 2b in its low nibble and 2b + 1 in its high one, so
// word w of the block holds elements 8w..8w+7, four bits each, from the low end.
//
// fp4-half.wgsl and fp4-integer.wgsl unpack a word, each in units of its own, FP4_UNIT; see run.wgsl
// for its eight elements.

// 2^(scale - 127), the f32 of that exponent. Byte 0 would be a subnormal number and counts as zero:
// what it scales is below 1e-37. FP4_UNIT is left out because the largest scale has no room for it.
fn mxfp4_scale(scale: u32) -> f32 {
  return bitcast<f32>(scale << 23u);
}

// The scale of a block. Needs `scales` of the kernel that includes it.
fn block_scale(block: u32) -> f32 {
  return mxfp4_scale((scales[block / 4u] >> (8u * (block % 4u))) & 0xFFu);
}

// Dot product of one MXFP4 block, number `block` of `weight`, with the 32 values of x from vec4
// number `start` on. Needs `weight`, `scales` and `x` of the kernel that includes it.
fn dot_block(block: u32, start: u32) -> f32 {
  let words = weight[block];
  var sum = 0.0;
  for (var w = 0u; w < 4u; w++) {
    sum += dot(fp4_first4(words[w]), x[start + 2u * w])
      + dot(fp4_last4(words[w]), x[start + 2u * w + 1u]);
  }
  let scale = (scales[block / 4u] >> (8u * (block % 4u))) & 0xFFu;
  return sum * mxfp4_scale(scale);
}

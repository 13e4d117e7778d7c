// Dot products of a team's four rows, MXFP4 blocks number `blocks` of `weight`, with the same 32 values of
// x, from vec4 number `start` on. Needs `weight`, `scales` and `x` of the kernel that includes it.
// mxfp4-rows-2.wgsl defines the same for two.
fn dot_blocks(blocks: Rows, start: u32) -> Sums {
  let a = weight[blocks.x];
  let b = weight[blocks.y];
  let c = weight[blocks.z];
  let d = weight[blocks.w];
  let sums = dot_words(vec4u(a.x, b.x, c.x, d.x), x[start], x[start + 1u])
    + dot_words(vec4u(a.y, b.y, c.y, d.y), x[start + 2u], x[start + 3u])
    + dot_words(vec4u(a.z, b.z, c.z, d.z), x[start + 4u], x[start + 5u])
    + dot_words(vec4u(a.w, b.w, c.w, d.w), x[start + 6u], x[start + 7u]);
  return FP4_UNIT * sums
    * vec4f(block_scale(blocks.x), block_scale(blocks.y), block_scale(blocks.z), block_scale(blocks.w));
}

// Dot products of a word of each row, eight elements, with eight values of x.
fn dot_words(words: vec4u, x0: vec4f, x1: vec4f) -> vec4f {
  let a = fp4_word(words.x);
  let b = fp4_word(words.y);
  let c = fp4_word(words.z);
  let d = fp4_word(words.w);
  return x0 * mat4x4f(a.first, b.first, c.first, d.first)
    + x1 * mat4x4f(a.last, b.last, c.last, d.last);
}

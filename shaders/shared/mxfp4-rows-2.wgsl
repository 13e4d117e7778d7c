// Dot products of a team's two rows, MXFP4 blocks number `blocks` of `weight`, with the same 32 values of
// x, from vec4 number `start` on. Needs `weight`, `scales` and `x` of the kernel that includes it.
// mxfp4-rows-4.wgsl defines the same for four.
fn dot_blocks(blocks: Rows, start: u32) -> Sums {
  let a = weight[blocks.x];
  let b = weight[blocks.y];
  let sums = dot_words(vec2u(a.x, b.x), x[start], x[start + 1u])
    + dot_words(vec2u(a.y, b.y), x[start + 2u], x[start + 3u])
    + dot_words(vec2u(a.z, b.z), x[start + 4u], x[start + 5u])
    + dot_words(vec2u(a.w, b.w), x[start + 6u], x[start + 7u]);
  return FP4_UNIT * sums * vec2f(block_scale(blocks.x), block_scale(blocks.y));
}

// Dot products of a word of each row, eight elements, with eight values of x.
fn dot_words(words: vec2u, x0: vec4f, x1: vec4f) -> vec2f {
  let a = fp4_word(words.x);
  let b = fp4_word(words.y);
  return x0 * mat2x4f(a.first, b.first) + x1 * mat2x4f(a.last, b.last);
}

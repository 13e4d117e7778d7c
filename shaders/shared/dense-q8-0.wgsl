// A dense weight in Q8_0: a signed byte per element, times a scale that 32 of them share. The
// product, of 8 and 11 significant bits, is exact.
@group(0) @binding(5) var<storage, read> weight: array<vec2u>;  // i8  [rows, channels], eight per vec2
@group(0) @binding(6) var<storage, read> scales: array<u32>;    // f16 [rows, channels / 32], two per word

fn weight_run(i: u32) -> Run {
  let block = i / 4u;
  let scale = f16_pair(scales[block / 2u] >> (16u * (block % 2u))).x;
  let words = weight[i];
  return Run(scale * i8_quad(words.x), scale * i8_quad(words.y));
}

// The four signed bytes of a word, from the low end: each is moved up to the sign, then down.
fn i8_quad(word: u32) -> vec4f {
  return vec4f(bitcast<vec4i>(vec4u(word) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u));
}

// A dense weight in BF16: the upper half of an f32. Two lie in a u32 word, the first in its low half.
@group(0) @binding(5) var<storage, read> weight: array<vec4u>;  // bf16 [rows, channels], eight per vec4

fn weight_run(i: u32) -> Run {
  let words = weight[i];
  let even = bitcast<vec4f>(words << vec4u(16u));
  let odd = bitcast<vec4f>(words & vec4u(0xFFFF0000u));
  return Run(vec4f(even.x, odd.x, even.y, odd.y), vec4f(even.z, odd.z, even.w, odd.w));
}

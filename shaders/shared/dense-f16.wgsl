// A dense weight in F16, two in a u32 word, the first in its low half.
@group(0) @binding(5) var<storage, read> weight: array<vec4u>;  // f16 [rows, channels], eight per vec4

fn weight_run(i: u32) -> Run {
  let words = weight[i];
  return Run(
    vec4f(f16_pair(words.x), f16_pair(words.y)),
    vec4f(f16_pair(words.z), f16_pair(words.w)),
  );
}

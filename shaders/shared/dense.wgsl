// A dense weight [rows, channels], whatever its element type: dense-bf16.wgsl, dense-f16.wgsl,
// dense-f32.wgsl and dense-q8-0.wgsl each declare the bindings `weight` (5) and, where there are
// scales, `scales` (6), and `weight_run(i)`, the weight's channels 8i..8i+7, counted over all rows.

// Dot product of run `i` of the weight with the same eight channels of a vector.
fn dot_run(i: u32, x0: vec4f, x1: vec4f) -> f32 {
  let run = weight_run(i);
  return dot(run.first, x0) + dot(run.last, x1);
}

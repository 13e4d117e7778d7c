// A dense weight [rows, channels], whatever its element type: dense-bf16.wgsl, dense-f16.wgsl,
// dense-f32.wgsl and dense-q8-0.wgsl each declare the bindings `weight` (5) and, where there are
// scales, `scales` (6), and `weight_run(i)`, the weight's channels 8i..8i+7, counted over all rows.

// Eight consecutive channels of a row.
struct Run {
  first: vec4f,
  last: vec4f,
}

// Adds the bias of a row of y. no-bias.wgsl is the other choice.
@group(0) @binding(7) var<storage, read> bias: array<f32>;  // f32 [rows of y]

fn with_bias(value: f32, row: u32) -> f32 {
  return value + bias[row];
}

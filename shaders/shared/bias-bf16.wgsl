// Adds the bias of an output row. no-bias.wgsl is the other choice.
@group(0) @binding(7) var<storage, read> bias: array<u32>;  // bf16 [rows], two per word

fn with_bias(value: f32, row: u32) -> f32 {
  return value + bf16_of(bias[row / 2u], row % 2u);
}

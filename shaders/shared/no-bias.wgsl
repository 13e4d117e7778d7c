// For projections without a bias. bias.wgsl is the other choice.
fn with_bias(value: f32, row: u32) -> f32 {
  return value;
}

// gpt-oss's clamped SwiGLU of a gate and an up value.
override SWIGLU_LIMIT: f32 = 7.0;

fn swiglu(gate: f32, up: f32) -> f32 {
  // From -50 down g * sigmoid(1.702 g) is nothing, less than 1e-34, and exp stays finite.
  let g = clamp(gate, -50.0, SWIGLU_LIMIT);
  let u = clamp(up, -SWIGLU_LIMIT, SWIGLU_LIMIT);
  return g / (1.0 + exp(-1.702 * g)) * (u + 1.0);
}

// gpt-oss's clamped SwiGLU of a gate and an up value.
override SWIGLU_LIMIT: f32 = 7.0;

fn swiglu(gate: f32, up: f32) -> f32 {
  let g = min(gate, SWIGLU_LIMIT);
  let u = clamp(up, -SWIGLU_LIMIT, SWIGLU_LIMIT);
  // exp overflows to infinity for very negative gates, and g / infinity is the 0 that is wanted;
  // the bound keeps it finite where a device handles infinities loosely.
  return g / (1.0 + exp(min(-1.702 * g, 80.0))) * (u + 1.0);
}

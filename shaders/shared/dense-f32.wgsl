// A dense weight in F32.
@group(0) @binding(5) var<storage, read> weight: array<vec4f>;  // f32 [rows, channels]

fn weight_run(i: u32) -> Run {
  return Run(weight[2u * i], weight[2u * i + 1u]);
}

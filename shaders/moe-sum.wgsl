// Adds the chosen experts' outputs, weighted, to the residual stream.
//
//   y[t, c] += sum over s of expert_weight[t, s] * x[t * top_k + s, c]
//
// One lane per token and channel; the choices are added in the order of the router, best first.

struct Params {
  channels: u32,
  top_k: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> expert_weights: array<f32>;  // f32 [tokens, top_k]
@group(0) @binding(2) var<storage, read> x: array<f32>;               // f32 [tokens * top_k, channels]
@group(0) @binding(3) var<storage, read_write> y: array<f32>;         // f32 [tokens, channels]

@compute @workgroup_size(64)
fn moe_sum(@builtin(global_invocation_id) id: vec3u) {
  let channel = id.x;
  let token = id.y;
  if (channel >= params.channels) {
    return;
  }
  var sum = 0.0;
  for (var s = 0u; s < params.top_k; s++) {
    let pair = token * params.top_k + s;
    sum += expert_weights[pair] * x[pair * params.channels + channel];
  }
  y[token * params.channels + channel] += sum;
}

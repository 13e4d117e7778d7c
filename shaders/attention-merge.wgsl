// Puts together one token's attention of a layer whose keys were divided between workgroups.
//
//   m = max(m[s])      y = sum(exp(m[s] - m) sum[s]) / sum(exp(m[s] - m) total[s])      over the splits s
//
// One workgroup per head, one lane per element. See rope-attention.wgsl, which leaves the parts.

override HEAD_DIM: u32 = 64;

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var<storage, read> partials: array<f32>;  // f32 [splits, H, head_dim + 2]: sums, maximum, total
@group(0) @binding(2) var<storage, read_write> y: array<f32>;   // f32 [1, H head_dim]

@compute @workgroup_size(HEAD_DIM)
fn attention_merge(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  if (workgroup.x < step.idle_workgroups) {
    return;
  }
  let head = workgroup.x;
  let heads = workgroups.x;
  let position = step_position() + workgroup.y;  // of the only token
  let splits = position / split_keys(position) + 1u;
  let stride = heads * (HEAD_DIM + 2u);
  let first = head * (HEAD_DIM + 2u);

  var maximum = partials[first + HEAD_DIM];
  for (var s = 1u; s < splits; s++) {
    maximum = max(maximum, partials[first + s * stride + HEAD_DIM]);
  }
  var sum = 0.0;
  var total = 0.0;
  for (var s = 0u; s < splits; s++) {
    let start = first + s * stride;
    let weight = exp(partials[start + HEAD_DIM] - maximum);
    sum += weight * partials[start + lane];
    total += weight * partials[start + HEAD_DIM + 1u];
  }
  y[head * HEAD_DIM + lane] = sum / total;
}

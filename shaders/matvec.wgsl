// Matrix times vector, added to the residual stream, for one token.
//
//   y[r] += dot(weight[r], x) + bias[r]
//
// Bound by reading the weights once. A team of lanes computes four rows: each lane takes every
// TEAM-th run of eight channels, so that a team reads consecutive bytes of each row and what it
// loads of x serves four rows. See shared/dense.wgsl for the weight.

struct Params {
  vectors: u32,  // length of a row / 8
  rows: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;      // f32 [channels]
@group(0) @binding(2) var<storage, read_write> y: array<f32>;  // f32 [rows, ...]
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(WORKGROUP_SIZE)
fn matvec(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  if (workgroup.x < step.idle_workgroups) {
    return;
  }
  let teams = WORKGROUP_SIZE / TEAM;
  let row = 4u * (workgroup.x * teams + lane / TEAM);
  // Teams past the end repeat the last row and do not store it.
  let last = params.rows - 1u;
  let starts = min(vec4u(row, row + 1u, row + 2u, row + 3u), vec4u(last)) * params.vectors;

  var sums = vec4f(0.0);
  for (var c = lane % TEAM; c < params.vectors; c += TEAM) {
    let x0 = x[2u * c];
    let x1 = x[2u * c + 1u];
    sums += vec4f(
      dot_run(starts.x + c, x0, x1),
      dot_run(starts.y + c, x0, x1),
      dot_run(starts.z + c, x0, x1),
      dot_run(starts.w + c, x0, x1),
    );
  }
  sums = team_sum(sums, lane);

  let mine = lane % TEAM;  // lanes 0..3 of a team store one row each
  for (var r = mine; r < 4u; r += TEAM) {
    if (row + r < params.rows) {
      y[row + r] += with_bias(sums[r], row + r);
    }
  }
}

// Matrix times vector, added to the residual stream, for one token.
//
//   y[r] += dot(weight[r], x) + bias[r]
//
// Bound by reading the weights once. A team of lanes computes ROWS rows: each lane takes every
// TEAM-th run of eight channels, so that a team reads consecutive bytes of each row and what it
// loads of x serves all of them. See shared/dense.wgsl for the weight.

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
  let row = ROWS * (workgroup.x * teams + lane / TEAM);
  let starts = team_rows(row, params.rows - 1u) * params.vectors;

  var sums = Sums();
  for (var c = lane % TEAM; c < params.vectors; c += TEAM) {
    sums += dot_runs(starts + c, x[2u * c], x[2u * c + 1u]);
  }
  sums = team_sum(sums, lane);

  for (var r = lane % TEAM; r < ROWS; r += TEAM) {  // the first lanes of a team store one row each
    if (row + r < params.rows) {
      y[row + r] += with_bias(sums[r], row + r);
    }
  }
}

// RMSNorm of one row, and a matrix times it.
//
//   y[s] = dot(weight[r], x * norm) / sqrt(mean(x^2) + epsilon) + bias[s]     s = first_row + r
//
// Bound by reading the weights once; teams divide the work as in matvec.wgsl. The norm's divisor is
// one number, so it can wait: a team meets every channel of x while it multiplies, and has the sum
// of their squares when it has its rows'.

struct Params {
  vectors: u32,          // length of a row / 8
  rows: u32,             // of this weight
  first_row: u32,        // where this weight's rows begin in y
  first_candidate: u32,  // where its workgroups begin among the candidates, if rows are logits
  epsilon: f32,          // keeps an all-zero row finite
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;      // f32 [rows, channels], row step_head_row() is taken
@group(0) @binding(2) var<storage, read_write> y: array<f32>;  // f32 [first_row + rows, ...]
@group(0) @binding(3) var<uniform> step: Step;
@group(0) @binding(4) var<storage, read> norm: array<vec4f>;   // f32 [channels]

@compute @workgroup_size(WORKGROUP_SIZE)
fn rms_norm_matvec(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  if (workgroup.x < step.idle_workgroups) {
    return;
  }
  let teams = WORKGROUP_SIZE / TEAM;
  let row = ROWS * (workgroup.x * teams + lane / TEAM);
  let starts = team_rows(row, params.rows - 1u) * params.vectors;
  let source = 2u * params.vectors * step_head_row();

  var sums = Sums();
  var squares = 0.0;
  for (var c = lane % TEAM; c < params.vectors; c += TEAM) {
    let x0 = x[source + 2u * c];
    let x1 = x[source + 2u * c + 1u];
    squares += dot(x0, x0) + dot(x1, x1);
    let normed0 = x0 * norm[2u * c];
    let normed1 = x1 * norm[2u * c + 1u];
    sums += dot_runs(starts + c, normed0, normed1);
  }
  let mean_square = team_sum(Sums(squares), lane).x / f32(8u * params.vectors);
  let scale = inverseSqrt(mean_square + params.epsilon);
  sums = scale * team_sum(sums, lane);

  for (var r = lane % TEAM; r < ROWS; r += TEAM) {  // the first lanes of a team store one row each
    if (row + r < params.rows) {
      let target_row = params.first_row + row + r;
      y[target_row] = with_bias(sums[r], target_row);
    }
  }
  keep_best(workgroup.x, row, sums, lane);
  // The workgroups share out what is to be kept of the norm.
  for (var c = workgroup.x * WORKGROUP_SIZE + lane; c < 2u * params.vectors; c += workgroups.x * WORKGROUP_SIZE) {
    keep_normed(c, source, scale);
  }
}

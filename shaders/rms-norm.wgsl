// RMSNorm over the last axis.
//
//   y[r, c] = x[r, c] * weight[c] / sqrt(mean(x[r]^2) + epsilon)
//
// One workgroup, and one team, per row: each lane sums the squares of every WORKGROUP_SIZE-th
// vec4, the team adds those sums, then each lane scales what it read.

struct Params {
  vectors: u32,  // length of a row / 4
  epsilon: f32,  // keeps an all-zero row finite
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;        // f32 [rows, channels]
@group(0) @binding(2) var<storage, read> weight: array<vec4f>;   // f32 [channels]
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;  // f32 [rows, channels]

@compute @workgroup_size(WORKGROUP_SIZE)
fn rms_norm(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = workgroup.x * params.vectors;

  var squares = 0.0;
  for (var c = lane; c < params.vectors; c += WORKGROUP_SIZE) {
    squares += dot(x[row + c], x[row + c]);
  }
  let mean_square = team_sum(Sums(squares), lane).x / f32(4u * params.vectors);
  let scale = inverseSqrt(mean_square + params.epsilon);

  for (var c = lane; c < params.vectors; c += WORKGROUP_SIZE) {
    y[row + c] = x[row + c] * scale * weight[c];
  }
}

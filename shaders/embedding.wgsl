// Embedding: the row of the table that belongs to each token.
//
//   x[t, c] = table[token[t], c]
//
// The table may be cut into segments of rows, each with its own dispatch, which writes only the
// tokens it holds. One workgroup per token and 512 channels, eight per lane. See shared/dense.wgsl for
// the table, which is `weight` there.

struct Params {
  vectors: u32,    // length of a row / 8
  first_row: u32,  // of this segment
  rows: u32,       // in this segment
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tokens: array<u32>;     // u32 [tokens]
@group(0) @binding(2) var<storage, read_write> x: array<vec4f>;  // f32 [tokens, channels]
@group(0) @binding(3) var<uniform> step: Step;

@compute @workgroup_size(64)
fn embedding(@builtin(workgroup_id) workgroup: vec3u, @builtin(global_invocation_id) id: vec3u) {
  if (workgroup.x < step.idle_workgroups) {
    return;
  }
  let vector = id.x;
  let token = id.y;
  let row = tokens[token] - params.first_row;  // wraps round, and fails the test, below first_row
  if (vector >= params.vectors || row >= params.rows) {
    return;
  }
  let run = weight_run(row * params.vectors + vector);
  let target_vector = 2u * (token * params.vectors + vector);
  x[target_vector] = run.first;
  x[target_vector + 1u] = run.last;
}

// Matrix product for many tokens.
//
//   y[t, s] = dot(weight[r], x[t]) + bias[s]     (+ y[t, s] to accumulate)     s = first_row + r
//
// One workgroup per tile of tokens and rows; see shared/tile.wgsl, and shared/dense.wgsl for the weight.

struct Params {
  channels: u32,    // length of a row, a multiple of 8
  rows: u32,        // of this weight
  first_row: u32,   // where this weight's rows begin in a row of y
  y_rows: u32,      // length of a row of y
  accumulate: u32,  // 1 to add to what y holds
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;      // f32 [tokens, channels]
@group(0) @binding(3) var<storage, read_write> y: array<f32>;  // f32 [tokens, y_rows]

struct Work {
  first_token: u32,
  first_row: u32,
}

@compute @workgroup_size(TILE_LANES)
fn matmul(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  multiply_tile(Work(workgroup.y * TILE_TOKENS, workgroup.x * TILE_ROWS), lane);
}

fn token_count(work: Work) -> u32 {
  return step_rows() - work.first_token;
}

fn first_vector(work: Work, token: u32) -> u32 {
  return (work.first_token + token) * (params.channels / 4u);
}

// Every workgroup has rows; that it says so keeps the loop's end from being a matter of uniforms alone,
// which some drivers would compile the kernel for anew (tools/llvmpipe).
fn run_count(work: Work) -> u32 {
  return select(0u, params.channels / 8u, work.first_row < params.rows);
}

fn load_weight(work: Work, tile_row: u32, run: u32) -> Run {
  let row = min(work.first_row + tile_row, params.rows - 1u);
  return weight_run(row * (params.channels / 8u) + run);
}

// Those of the four rows that exist.
fn store(work: Work, tile_token: u32, tile_row: u32, sums: vec4f) {
  for (var r = 0u; r < 4u; r++) {
    let row = work.first_row + tile_row + r;
    if (row < params.rows) {
      let target_row = params.first_row + row;
      let i = (work.first_token + tile_token) * params.y_rows + target_row;
      y[i] = with_bias(sums[r], target_row) + select(0.0, y[i], params.accumulate == 1u);
    }
  }
}

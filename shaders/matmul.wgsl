// Matrix product for many tokens.
//
//   y[t, s] = dot(weight[r], x[t]) + bias[s]     (+ y[t, s] to accumulate)     s = first_row + r
//
// One workgroup per tile of 32 tokens x 32 rows; see shared/tile.wgsl, and shared/dense.wgsl for the
// weight.

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

@compute @workgroup_size(64)
fn matmul(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first_row = workgroup.x * TILE_ROWS;
  let first_token = workgroup.y * TILE_TOKENS;
  // A lane whose tokens are past the end still helps to load, but has nothing to multiply.
  let busy = first_token + tile_token(lane) < step.rows;

  // Tokens past the end repeat the last one and are not stored.
  let tokens = min(first_token + tile_token(lane) + vec4u(0u, 1u, 2u, 3u), vec4u(step.rows - 1u));
  let starts = tokens * (params.channels / 4u);

  var sums: TileSums;
  for (var channel = 0u; channel < params.channels; channel += TILE_CHANNELS) {
    workgroupBarrier();
    for (var i = lane; i < TILE_ROWS * VEC4_PER_ROW / 2u; i += TILE_LANES) {
      let run = load_weight(first_row + i / 4u, channel + 8u * (i % 4u));
      tile_w[2u * i] = run.first;
      tile_w[2u * i + 1u] = run.last;
    }
    workgroupBarrier();
    if (busy) {
      multiply_tile(&sums, lane, starts + channel / 4u, (params.channels - channel) / 4u - 1u);
    }
  }

  let token = first_token + tile_token(lane);
  let row = first_row + tile_row(lane);
  store(token, row, sums.token0);
  store(token + 1u, row, sums.token1);
  store(token + 2u, row, sums.token2);
  store(token + 3u, row, sums.token3);
}

// Four rows of one token, those of them that exist.
fn store(token: u32, first_row: u32, sums: vec4f) {
  for (var r = 0u; r < 4u; r++) {
    let row = first_row + r;
    if (token < step.rows && row < params.rows) {
      let target_row = params.first_row + row;
      var value = with_bias(sums[r], target_row);
      let i = token * params.y_rows + target_row;
      if (params.accumulate == 1u) {
        value += y[i];
      }
      y[i] = value;
    }
  }
}

fn load_weight(row: u32, channel: u32) -> Run {
  if (row >= params.rows || channel >= params.channels) {
    return Run();
  }
  return weight_run((row * params.channels + channel) / 8u);
}

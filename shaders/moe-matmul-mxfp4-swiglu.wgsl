// The experts' gate and up projections and their SwiGLU, for many tokens sorted by expert.
//
//   u = weight[expert] x[token] + bias[expert]     rows 2j gate, 2j + 1 up
//   y[pair, j] = swiglu(u[2j], u[2j + 1])          y is f32 [tokens * top_k, rows / 2]
//
// One workgroup per 32 rows and tile of pairs; see shared/moe-tile.wgsl.

fn source_row(pair: u32) -> u32 {
  return pair / params.top_k;
}

@compute @workgroup_size(64)
fn moe_matmul_mxfp4_swiglu(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile = tiles[workgroup.y];
  let expert = tile.expert - params.first_expert;  // wraps round below the segment
  if (tile.count == 0u || expert >= params.experts) {
    return;
  }
  let first_row = workgroup.x * TILE_ROWS;
  let sums = multiply_expert(tile, expert, first_row, lane);

  let pair = tile_token(lane);
  let row = first_row + tile_row(lane);
  store(tile, expert, pair, row, sums.token0);
  store(tile, expert, pair + 1u, row, sums.token1);
  store(tile, expert, pair + 2u, row, sums.token2);
  store(tile, expert, pair + 3u, row, sums.token3);
}

// Four rows of one pair, which are two outputs, those of them that exist.
fn store(tile: Tile, expert: u32, pair: u32, first_row: u32, sums: vec4f) {
  for (var r = 0u; r < 4u; r += 2u) {
    let row = first_row + r;
    if (pair < tile.count && row < params.rows) {
      let gate = sums[r] + bias_of(expert, row);
      let up = sums[r + 1u] + bias_of(expert, row + 1u);
      y[(order[tile.first + pair] * params.rows + row) / 2u] = swiglu(gate, up);
    }
  }
}

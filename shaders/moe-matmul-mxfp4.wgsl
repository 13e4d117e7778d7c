// The experts' down projections, for many tokens sorted by expert.
//
//   y[pair, r] = dot(weight[expert, r], x[pair]) + bias[expert, r]     y is f32 [tokens * top_k, rows]
//
// One workgroup per 32 rows and tile of pairs; see shared/moe-tile.wgsl.

fn source_row(pair: u32) -> u32 {
  return pair;
}

@compute @workgroup_size(64)
fn moe_matmul_mxfp4(
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

  for (var t = 0u; t < 4u; t++) {
    let pair = tile_token(lane) + t;
    for (var r = 0u; r < 4u; r++) {
      let row = first_row + tile_row(lane) + r;
      if (pair < tile.count && row < params.rows) {
        y[order[tile.first + pair] * params.rows + row] = sums[t][r] + bias_of(expert, row);
      }
    }
  }
}

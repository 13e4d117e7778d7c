// The experts' down projections, for many tokens sorted by expert.
//
//   y[pair, r] = dot(weight[expert, r], x[pair]) + bias[expert, r]     y is f32 [tokens * top_k, rows]
//
// One workgroup per tile of pairs and rows; see shared/moe-tile.wgsl.

@compute @workgroup_size(TILE_LANES)
fn moe_matmul_mxfp4(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  multiply_expert(workgroup.xy, lane);
}

fn source_row(pair: u32) -> u32 {
  return pair;
}

// Those of the four rows that exist.
fn store(work: Work, token: u32, tile_row: u32, sums: vec4f) {
  for (var r = 0u; r < 4u; r++) {
    let row = work.first_row + tile_row + r;
    if (row < params.rows) {
      y[pair_of(work, token) * params.rows + row] = with_bias(sums[r], work, row);
    }
  }
}

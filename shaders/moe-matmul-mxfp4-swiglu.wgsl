// The experts' gate and up projections and their SwiGLU, for many tokens sorted by expert.
//
//   u = weight[expert] x[token] + bias[expert]     rows 2j gate, 2j + 1 up
//   y[pair, j] = swiglu(u[2j], u[2j + 1])          y is f32 [tokens * top_k, rows / 2]
//
// One workgroup per tile of pairs and rows; see shared/moe-tile.wgsl.

@compute @workgroup_size(TILE_LANES)
fn moe_matmul_mxfp4_swiglu(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  multiply_expert(workgroup.xy, lane);
}

fn source_row(pair: u32) -> u32 {
  return pair / params.top_k;
}

// Four rows are two outputs, those of them that exist.
fn store(work: Work, token: u32, tile_row: u32, sums: vec4f) {
  for (var r = 0u; r < 4u; r += 2u) {
    let row = work.first_row + tile_row + r;
    if (row < params.rows) {
      let gate = with_bias(sums[r], work, row);
      let up = with_bias(sums[r + 1u], work, row + 1u);
      y[(pair_of(work, token) * params.rows + row) / 2u] = swiglu(gate, up);
    }
  }
}

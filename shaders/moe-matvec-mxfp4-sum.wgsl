// The chosen experts' down projections, weighted and added to the residual stream, for one token.
//
//   y[r] += sum over chosen s of expert_weight[s] * (dot(weight[expert_s, r], x[s]) + bias[expert_s, r])
//
// A team of lanes computes ROWS rows over all chosen experts; no other dispatch adds to them, so no
// atomics. Experts of another segment are left to that segment's dispatch.

override TOP_K: u32 = 4;

struct Params {
  blocks: u32,        // MXFP4 blocks in a row
  rows: u32,          // of an expert
  first_expert: u32,  // of this segment
  experts: u32,       // in this segment
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> expert_ids: array<u32>;      // u32   [1, top_k]
@group(0) @binding(2) var<storage, read> expert_weights: array<f32>;  // f32   [1, top_k]
@group(0) @binding(3) var<storage, read> x: array<vec4f>;             // f32   [top_k, channels]
@group(0) @binding(4) var<storage, read> weight: array<vec4u>;        // mxfp4 [experts, rows, blocks], one block per vec4
@group(0) @binding(5) var<storage, read> scales: array<u32>;          // u8    [experts, rows, blocks], four per word
@group(0) @binding(6) var<storage, read> biases: array<f32>;          // f32   [experts, rows]
@group(0) @binding(7) var<storage, read_write> y: array<f32>;         // f32   [1, rows]
@group(0) @binding(8) var<uniform> step: Step;

@compute @workgroup_size(WORKGROUP_SIZE)
fn moe_matvec_mxfp4_sum(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  if (workgroup.x < step.idle_workgroups) {
    return;
  }
  let teams = WORKGROUP_SIZE / TEAM;
  let row = ROWS * (workgroup.x * teams + lane / TEAM);
  let rows = team_rows(row, params.rows - 1u);

  var sums = Sums();
  for (var slot = 0u; slot < TOP_K; slot++) {
    let expert = expert_ids[slot] - params.first_expert;  // wraps round below the segment
    if (expert >= params.experts) {
      continue;
    }
    let weighted = expert_weights[slot];
    let expert_rows = expert * params.rows + rows;
    for (var block = lane % TEAM; block < params.blocks; block += TEAM) {
      let start = 8u * (slot * params.blocks + block);
      sums += weighted * dot_blocks(expert_rows * params.blocks + block, start);
    }
    if (lane % TEAM == 0u) {
      for (var r = 0u; r < ROWS; r++) {
        sums[r] += weighted * biases[expert_rows[r]];
      }
    }
  }
  sums = team_sum(sums, lane);

  for (var r = lane % TEAM; r < ROWS; r += TEAM) {
    if (row + r < params.rows) {
      y[row + r] += sums[r];
    }
  }
}

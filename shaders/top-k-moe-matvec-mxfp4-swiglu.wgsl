// Routing, and the chosen experts' gate and up projections with their SwiGLU, for one token.
//
//   choice[s] = the expert with the s-th largest logit, the lower id first between equals
//   u = weight[choice[s]] x + bias[choice[s]]     rows 2j gate, 2j + 1 up
//   y[s, j] = swiglu(u[2j], u[2j + 1])            for each choice s
//
// Every workgroup finds the choices anew, for less than a dispatch of their own would cost; see
// shared/choice.wgsl. The first of each choice also leaves it, and the softmax over the chosen logits, to the
// kernels that follow.
//
// A team of lanes computes ROWS rows, so half as many outputs; each lane takes every TEAM-th block of 32
// channels. The experts may be cut into segments, each with its own dispatch; a workgroup whose
// expert lies in another segment has nothing to multiply.

override TOP_K: u32 = 4;
override LAYER_EXPERTS: u32 = 32;  // in all segments

struct Params {
  blocks: u32,        // MXFP4 blocks in a row
  rows: u32,          // of an expert: two per output
  first_expert: u32,  // of this segment
  experts: u32,       // in this segment
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;                // f32   [1, LAYER_EXPERTS]
@group(0) @binding(2) var<storage, read> x: array<vec4f>;                   // f32   [1, channels]
@group(0) @binding(3) var<storage, read> weight: array<vec4u>;              // mxfp4 [experts, rows, blocks], one block per vec4
@group(0) @binding(4) var<storage, read> scales: array<u32>;                // u8    [experts, rows, blocks], four per word
@group(0) @binding(5) var<storage, read> biases: array<f32>;                // f32   [experts, rows]
@group(0) @binding(6) var<storage, read_write> y: array<f32>;               // f32   [top_k, rows / 2]
@group(0) @binding(7) var<storage, read_write> expert_ids: array<u32>;      // u32   [1, top_k], best first
@group(0) @binding(8) var<storage, read_write> expert_weights: array<f32>;  // f32   [1, top_k]
@group(0) @binding(9) var<uniform> step: Step;

@compute @workgroup_size(WORKGROUP_SIZE)
fn top_k_moe_matvec_mxfp4_swiglu(@builtin(workgroup_id) workgroup: vec3u, lane: Lane) {
  if (workgroup.x < step.idle_workgroups) {
    return;
  }
  let slot = workgroup.y;
  let choice = choose(slot, lane);
  if (workgroup.x == 0u) {
    let weight = choice_weight(choice, lane);
    if (lane.index == 0u) {
      expert_ids[slot] = choice;
      expert_weights[slot] = weight;
    }
  }
  let expert = choice - params.first_expert;  // wraps round below the segment
  let is_here = expert < params.experts;
  let mine = lane.index % TEAM;
  let row = ROWS * (workgroup.x * (WORKGROUP_SIZE / TEAM) + lane.index / TEAM);
  let rows = expert * params.rows + team_rows(row, params.rows - 1u);

  var sums = Sums();
  // No early return: lanes that sum together must all get there.
  for (var block = mine; is_here && block < params.blocks; block += TEAM) {
    sums += dot_blocks(rows * params.blocks + block, 8u * block);
  }
  sums = team_sum(sums, lane.index);

  if (is_here && mine == 0u) {
    for (var pair = 0u; pair < ROWS / 2u; pair++) {
      if (row + 2u * pair < params.rows) {
        let gate = 2u * pair;
        y[slot * (params.rows / 2u) + row / 2u + pair] = swiglu(
          sums[gate] + biases[rows[gate]],
          sums[gate + 1u] + biases[rows[gate + 1u]],
        );
      }
    }
  }
}

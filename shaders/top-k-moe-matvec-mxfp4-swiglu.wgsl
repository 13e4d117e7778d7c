// Routing, and the chosen experts' gate and up projections with their SwiGLU, for one token.
//
//   choice[s] = the expert with the s-th largest logit, the lower id first between equals
//   u = weight[choice[s]] x + bias[choice[s]]     rows 2j gate, 2j + 1 up
//   y[s, j] = swiglu(u[2j], u[2j + 1])            for each choice s
//
// Every workgroup finds the choices anew, for less than a dispatch of their own would cost: each lane ranks
// experts by counting those that come before. The first of each choice also leaves them, and the
// softmax over their logits, to the kernels that follow.
//
// A team of lanes computes four rows, so two outputs; each lane takes every TEAM-th block of 32
// channels. The experts may be cut into segments, each with its own dispatch; a workgroup whose
// expert lies in another segment has nothing more to do.

override TOP_K: u32 = 4;

struct Params {
  blocks: u32,         // MXFP4 blocks in a row
  rows: u32,           // of an expert: two per output
  first_expert: u32,   // of this segment
  experts: u32,        // in this segment
  layer_experts: u32,  // in all segments
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;                // f32   [1, layer_experts]
@group(0) @binding(2) var<storage, read> x: array<vec4f>;                   // f32   [1, channels]
@group(0) @binding(3) var<storage, read> weight: array<vec4u>;              // mxfp4 [experts, rows, blocks], one block per vec4
@group(0) @binding(4) var<storage, read> scales: array<u32>;                // u8    [experts, rows, blocks], four per word
@group(0) @binding(5) var<storage, read> biases: array<f32>;                // f32   [experts, rows]
@group(0) @binding(6) var<storage, read_write> y: array<f32>;               // f32   [top_k, rows / 2]
@group(0) @binding(7) var<storage, read_write> expert_ids: array<u32>;      // u32   [1, top_k], best first
@group(0) @binding(8) var<storage, read_write> expert_weights: array<f32>;  // f32   [1, top_k]
@group(0) @binding(9) var<uniform> step: Step;

var<workgroup> choices: array<u32, TOP_K>;
var<workgroup> choice_logits: array<f32, TOP_K>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn top_k_moe_matvec_mxfp4_swiglu(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  if (step.done == 1u) {
    return;
  }
  choose(lane);
  let slot = workgroup.y;
  let choice = workgroupUniformLoad(&choices[slot]);
  if (workgroup.x == 0u && lane == 0u) {
    expert_ids[slot] = choice;
    expert_weights[slot] = choice_weight(slot);
  }
  let expert = choice - params.first_expert;  // wraps round below the segment
  if (expert >= params.experts) {
    return;
  }
  let teams = WORKGROUP_SIZE / TEAM;
  let row = 4u * (workgroup.x * teams + lane / TEAM);
  let last = params.rows - 1u;
  let rows = expert * params.rows + min(vec4u(row, row + 1u, row + 2u, row + 3u), vec4u(last));

  var sums = vec4f(0.0);
  for (var block = lane % TEAM; block < params.blocks; block += TEAM) {
    sums += dot_blocks(rows * params.blocks + block, 8u * block);
  }
  sums = team_sum(sums, lane);

  if (lane % TEAM == 0u) {
    for (var pair = 0u; pair < 2u; pair++) {
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

// Fills `choices` and `choice_logits`.
fn choose(lane: u32) {
  for (var expert = lane; expert < params.layer_experts; expert += WORKGROUP_SIZE) {
    let logit = logits[expert];
    var before = 0u;
    for (var other = 0u; other < params.layer_experts; other++) {
      let other_logit = logits[other];
      before += u32(other_logit > logit || (other_logit == logit && other < expert));
    }
    if (before < TOP_K) {
      choices[before] = expert;
      choice_logits[before] = logit;
    }
  }
}

// The softmax over the chosen experts' logits alone.
fn choice_weight(slot: u32) -> f32 {
  let largest = choice_logits[0];
  var sum = 0.0;
  for (var s = 0u; s < TOP_K; s++) {
    sum += exp(choice_logits[s] - largest);
  }
  return exp(choice_logits[slot] - largest) / sum;
}

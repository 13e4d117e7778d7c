// Routing: the TOP_K experts with the largest logits, and the softmax over those alone.
//
//   weight[t, s] = exp(logit[id_s] - logit[id_0]) / sum over the chosen
//
// One lane per token. Best first, and the lower id first between equals: each round finds the
// largest logit that comes after the one chosen before, in that order.

struct Params {
  experts: u32,
  top_k: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> logits: array<f32>;                   // f32 [tokens, experts]
@group(0) @binding(3) var<storage, read_write> expert_ids: array<u32>;         // u32 [tokens, top_k]
@group(0) @binding(4) var<storage, read_write> expert_weights: array<f32>;     // f32 [tokens, top_k]

const LOWEST = -3.4028234e38;

@compute @workgroup_size(64)
fn top_k(@builtin(global_invocation_id) id: vec3u) {
  let token = id.x;
  if (token >= step_rows()) {
    return;
  }
  let row = token * params.experts;
  let chosen = token * params.top_k;

  var largest = 0.0;
  var sum = 0.0;
  var previous = -1;
  var previous_logit = 0.0;
  for (var s = 0u; s < params.top_k; s++) {
    var best = 0;
    var best_logit = LOWEST;
    for (var e = 0; e < i32(params.experts); e++) {
      let logit = logits[row + u32(e)];
      let comes_after = s == 0u || logit < previous_logit
        || (logit == previous_logit && e > previous);
      if (comes_after && logit > best_logit) {
        best = e;
        best_logit = logit;
      }
    }
    if (s == 0u) {
      largest = best_logit;
    }
    let weight = exp(best_logit - largest);
    sum += weight;
    expert_ids[chosen + s] = u32(best);
    expert_weights[chosen + s] = weight;
    previous = best;
    previous_logit = best_logit;
  }
  for (var s = 0u; s < params.top_k; s++) {
    expert_weights[chosen + s] /= sum;
  }
}

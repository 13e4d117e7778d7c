// A token's experts, found by a workgroup together: each lane ranks experts by counting those that come
// before. choice-subgroups.wgsl defines the same names for devices with subgroups, without a wait.

struct Lane {
  @builtin(local_invocation_index) index: u32,
}

var<workgroup> choices: array<u32, TOP_K>;  // best first

// The expert with the slot-th largest logit, the lower id first between equals.
fn choose(slot: u32, lane: Lane) -> u32 {
  for (var expert = lane.index; expert < LAYER_EXPERTS; expert += WORKGROUP_SIZE) {
    let rank = experts_before(expert);
    if (rank < TOP_K) {
      choices[rank] = expert;
    }
  }
  return workgroupUniformLoad(&choices[slot]);
}

// The softmax over the chosen experts' logits alone.
fn choice_weight(choice: u32, lane: Lane) -> f32 {
  let largest = logits[choices[0]];
  var sum = 0.0;
  for (var s = 0u; s < TOP_K; s++) {
    sum += exp(logits[choices[s]] - largest);
  }
  return exp(logits[choice] - largest) / sum;
}

// How many experts come before one: those with a larger logit, and lower ids with the same.
fn experts_before(expert: u32) -> u32 {
  let logit = logits[expert];
  var before = 0u;
  for (var other = 0u; other < LAYER_EXPERTS; other++) {
    let other_logit = logits[other];
    before += u32(other_logit > logit || (other_logit == logit && other < expert));
  }
  return before;
}

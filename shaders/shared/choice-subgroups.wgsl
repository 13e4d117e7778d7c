// A token's experts, found by each subgroup for itself: no lane waits for those of another subgroup.
// choice.wgsl defines the same names without subgroups.

struct Lane {
  @builtin(local_invocation_index) index: u32,
  @builtin(subgroup_invocation_id) in_subgroup: u32,
  @builtin(subgroup_size) subgroup_size: u32,
}

// The expert with the slot-th largest logit, the lower id first between equals.
fn choose(slot: u32, lane: Lane) -> u32 {
  var found = 0u;
  for (var expert = lane.in_subgroup; expert < LAYER_EXPERTS; expert += lane.subgroup_size) {
    found += select(0u, expert, experts_before(expert) == slot);
  }
  return subgroupAdd(found);  // of the one lane that found it
}

// The softmax over the chosen experts' logits alone.
fn choice_weight(choice: u32, lane: Lane) -> f32 {
  var largest = logits[choice];
  for (var expert = lane.in_subgroup; expert < LAYER_EXPERTS; expert += lane.subgroup_size) {
    largest = max(largest, logits[expert]);
  }
  largest = subgroupMax(largest);
  var sum = 0.0;
  for (var expert = lane.in_subgroup; expert < LAYER_EXPERTS; expert += lane.subgroup_size) {
    sum += select(0.0, exp(logits[expert] - largest), experts_before(expert) < TOP_K);
  }
  return exp(logits[choice] - largest) / subgroupAdd(sum);
}

// A token's experts, found by each subgroup for itself: no lane waits for those of another subgroup.
// choice.wgsl defines the same names without subgroups.

struct Lane {
  @builtin(local_invocation_index) index: u32,
  @builtin(subgroup_invocation_id) in_subgroup: u32,
  @builtin(subgroup_size) subgroup_size: u32,
}

struct Choice {
  expert: u32,
  logit: f32,
}

// The expert with the slot-th largest logit, the lower id first between equals.
fn choose(slot: u32, lane: Lane) -> u32 {
  var choice = first_choice(lane);
  for (var s = 0u; s < slot; s++) {
    choice = choice_after(choice, lane);
  }
  return choice.expert;
}

// The softmax over the chosen experts' logits alone.
fn choice_weight(expert: u32, lane: Lane) -> f32 {
  let best = first_choice(lane);
  var choice = best;
  var sum = exp(choice.logit - best.logit);
  for (var s = 1u; s < TOP_K; s++) {
    choice = choice_after(choice, lane);
    sum += exp(choice.logit - best.logit);
  }
  return exp(logits[expert] - best.logit) / sum;
}

fn first_choice(lane: Lane) -> Choice {
  var best = Choice(lane.in_subgroup, LOWEST);
  for (var expert = lane.in_subgroup; expert < LAYER_EXPERTS; expert += lanes_of(lane)) {
    let logit = logits[expert];
    if (logit > best.logit) {
      best = Choice(expert, logit);
    }
  }
  return best_of_subgroup(best);
}

// Each lane looks for the best of its experts that come after the choice before.
fn choice_after(before: Choice, lane: Lane) -> Choice {
  var best = Choice(lane.in_subgroup, LOWEST);
  for (var expert = lane.in_subgroup; expert < LAYER_EXPERTS; expert += lanes_of(lane)) {
    let logit = logits[expert];
    let comes_after = logit < before.logit || (logit == before.logit && expert > before.expert);
    if (comes_after && logit > best.logit) {
      best = Choice(expert, logit);
    }
  }
  return best_of_subgroup(best);
}

fn best_of_subgroup(best: Choice) -> Choice {
  let logit = subgroupMax(best.logit);
  return Choice(subgroupMin(select(LAYER_EXPERTS, best.expert, best.logit == logit)), logit);
}

// How many lanes share out the experts: a subgroup may have room for more than the workgroup has.
fn lanes_of(lane: Lane) -> u32 {
  return min(lane.subgroup_size, WORKGROUP_SIZE);
}

const LOWEST = -3.4028234e38;

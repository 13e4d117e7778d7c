// Chooses the next token, and writes it where the next step's embedding reads it. shared/sampling.wgsl says how.
//
// The head's workgroups leave the best of their tokens each (shared/keep-best.wgsl), and without filters the best of
// these is the choice. Filters read the logits.
//
// A stop token ends the work: `step.idle_workgroups` makes the kernels of tokens that are submitted already return
// at once, and this one leave the stop token in its place.
//
// One workgroup. A cut-off is found without sorting: logits become integers of the same order, and
// a histogram over eight bits at a time narrows down the integer at which the count, or the mass,
// is reached. Masses are fixed-point integers, because float sums by atomics would depend on timing.

struct Params {
  candidates: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> step: Step;
@group(0) @binding(2) var<storage, read> sampling: Sampling;
@group(0) @binding(3) var<storage, read> logits: array<f32>;            // f32 [vocabulary]
@group(0) @binding(4) var<storage, read_write> seen: array<u32>;        // u32 [vocabulary / 32], a bit per token
@group(0) @binding(5) var<storage, read_write> next_token: array<u32>;  // u32 [tokens], element 0
@group(0) @binding(6) var<storage, read> candidates: array<Candidate>;  // u32 [≥ params.candidates, 2]

const LANES = 256u;
const ALL = 0xFFFFFFFFu;
const WHOLE_MASS = 1073741824.0;  // 2^30: the fixed-point form of probability 1

var<workgroup> best_key: atomic<u32>;
var<workgroup> lowest_token: atomic<u32>;
var<workgroup> histogram: array<atomic<u32>, 256>;
var<workgroup> found_bin: u32;
var<workgroup> found_before: u32;
var<workgroup> is_done: u32;

@compute @workgroup_size(LANES)
fn sample(@builtin(local_invocation_index) lane: u32) {
  if (lane == 0u) {
    is_done = step.idle_workgroups;
  }
  if (workgroupUniformLoad(&is_done) != 0u) {
    return;
  }
  var chosen = best_candidate(lane);
  if (sampling.temperature != 0.0 && is_filtered()) {
    let maximum = scaled_logit(chosen);
    var cutoff = 0u;  // keep the logits whose ordered integer is at least this
    if (sampling.top_k > 0u && sampling.top_k < sampling.tokens) {
      cutoff = find_cutoff(lane, sampling.top_k, 0u, maximum, 0.0);
    }
    if (sampling.top_p < 1.0) {
      let unit = WHOLE_MASS / total_mass(lane, cutoff, maximum);
      cutoff = find_cutoff(lane, max(u32(sampling.top_p * WHOLE_MASS), 1u), cutoff, maximum, unit);
    }
    // log(0) is no number; without min-p nothing is too improbable. log(1) may come out above 0,
    // and the best is never too improbable.
    let least = select(LOWEST, maximum + min(log(sampling.min_p), 0.0), sampling.min_p > 0.0);
    chosen = draw_token(lane, cutoff, least);
  }
  if (lane == 0u) {
    next_token[0] = chosen;
    seen[chosen / 32u] |= 1u << (chosen % 32u);
    step.idle_workgroups = select(0u, ALL, is_stop(chosen));
  }
}

fn is_stop(token: u32) -> bool {
  for (var i = 0u; i < sampling.stop_count; i++) {
    if (sampling.stop_tokens[i / 4u][i % 4u] == token) {
      return true;
    }
  }
  return false;
}

fn scaled_logit(token: u32) -> f32 {
  return penalised_logit(token, logits[token]) / sampling.temperature;
}

fn best_candidate(lane: u32) -> u32 {
  var best = NO_CANDIDATE;
  for (var i = lane; i < params.candidates; i += LANES) {
    best = better(best, candidates[i]);
  }
  return best_of_lanes(lane, best);
}

// The token with the largest sum of logit and noise, among those that are kept.
fn draw_token(lane: u32, cutoff: u32, least: f32) -> u32 {
  var best = NO_CANDIDATE;
  for (var i = lane; i < sampling.tokens; i += LANES) {
    let logit = scaled_logit(i);
    if (ordered(logit) >= cutoff && logit >= least) {
      best = better(best, Candidate(key_of(logit + gumbel(i)), i));
    }
  }
  return best_of_lanes(lane, best);
}

// The token of the best of the lanes' candidates.
fn best_of_lanes(lane: u32, best: Candidate) -> u32 {
  workgroupBarrier();
  if (lane == 0u) {
    atomicStore(&best_key, 0u);
    atomicStore(&lowest_token, ALL);
  }
  workgroupBarrier();
  atomicMax(&best_key, best.key);
  workgroupBarrier();
  if (best.key == atomicLoad(&best_key)) {
    atomicMin(&lowest_token, best.token);
  }
  workgroupBarrier();
  return atomicLoad(&lowest_token);
}

// Sum of exp(logit - maximum) over what the cut-off keeps, added in a fixed order.
fn total_mass(lane: u32, cutoff: u32, maximum: f32) -> f32 {
  var sum = 0.0;
  for (var i = lane; i < sampling.tokens; i += LANES) {
    let logit = scaled_logit(i);
    sum += select(0.0, exp(logit - maximum), ordered(logit) >= cutoff);
  }
  workgroupBarrier();
  atomicStore(&histogram[lane], bitcast<u32>(sum));  // which is free now, and has a place for each lane
  workgroupBarrier();
  var total = 0.0;
  for (var i = 0u; i < LANES; i++) {
    total += bitcast<f32>(atomicLoad(&histogram[i]));
  }
  return total;
}

// The largest cut-off, not below `floor`, whose kept tokens reach `goal`: a count where `unit` is
// 0, otherwise a mass in fixed point, `unit` being the mass of the best token.
fn find_cutoff(lane: u32, goal: u32, floor: u32, maximum: f32, unit: f32) -> u32 {
  var prefix = 0u;   // the cut-off's leading bits found so far
  var reached = 0u;  // by tokens above every cut-off with that prefix
  for (var round = 0u; round < 4u; round++) {
    let shift = 24u - 8u * round;
    workgroupBarrier();
    atomicStore(&histogram[lane], 0u);
    workgroupBarrier();
    for (var i = lane; i < sampling.tokens; i += LANES) {
      let logit = scaled_logit(i);
      let key = ordered(logit);
      // A shift by 32 is not defined, so the first round compares nothing.
      if (key >= floor && (round == 0u || key >> min(shift + 8u, 31u) == prefix)) {
        let amount = select(u32(exp(logit - maximum) * unit), 1u, unit == 0.0);
        atomicAdd(&histogram[(key >> shift) & 255u], amount);
      }
    }
    workgroupBarrier();
    if (lane == 0u) {
      var bin = 255u;
      var above = reached;
      loop {
        let here = atomicLoad(&histogram[bin]);
        if (above + here >= goal || bin == 0u) {
          break;
        }
        above += here;
        bin--;
      }
      found_bin = bin;
      found_before = above;
    }
    workgroupBarrier();
    prefix = (prefix << 8u) | found_bin;
    reached = found_before;
  }
  return max(prefix, floor);
}

// Chooses the next token from the logits, and writes it where the next step's embedding reads it.
//
// 1. penalty   tokens already in the context have positive logits divided by it, negative multiplied
// 2. scale     logit / temperature
// 3. top-k     keep the k largest                           (0: all)
// 4. top-p     of those, keep the largest that together have the mass top_p   (1: all)
// 5. min-p     of those, keep the ones at least min_p times as probable as the best
// 6. draw      argmax of logit + Gumbel noise, which is an exact sample of the softmax of what is
//              kept; the noise is a hash of seed, position and token, so that it depends on nothing else
//
// A stop token ends the work: `step.idle_workgroups` makes the kernels of tokens that are submitted already return
// at once, and this one leave the stop token in its place.
//
// Top-k and top-p also keep what equals the least that they keep.
//
// At temperature 0 steps 2 to 6 are the plain argmax, the lowest id among equals.
//
// One workgroup. A cut-off is found without sorting: logits become integers of the same order, and
// a histogram over eight bits at a time narrows down the integer at which the count, or the mass,
// is reached. Masses are fixed-point integers, because float sums by atomics would depend on timing.

struct Params {
  tokens: u32,  // ids with a token; logits past them belong to no token
}

struct Sampling {
  temperature: f32,
  top_k: u32,
  top_p: f32,
  min_p: f32,
  repetition_penalty: f32,
  seed: u32,
  stop_count: u32,
  stop_tokens: array<vec4u, 4>,  // the first stop_count of 16
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> step: Step;
@group(0) @binding(2) var<storage, read> sampling: Sampling;
@group(0) @binding(3) var<storage, read> logits: array<f32>;              // f32 [vocabulary]
@group(0) @binding(4) var<storage, read_write> seen: array<u32>;          // u32 [vocabulary / 32], a bit per token
@group(0) @binding(5) var<storage, read_write> next_token: array<u32>;    // u32 [tokens], element 0

const LANES = 256u;
const ALL = 0xFFFFFFFFu;
const LOWEST = -3.4028234e38;
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
  let greedy = sampling.temperature == 0.0;
  let best = best_token(lane);
  var chosen = best;
  if (!greedy) {
    let maximum = scaled_logit(best);
    var cutoff = 0u;  // keep the logits whose ordered integer is at least this
    if (sampling.top_k > 0u && sampling.top_k < params.tokens) {
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

fn penalised_logit(token: u32) -> f32 {
  let logit = logits[token];
  let is_seen = ((seen[token / 32u] >> (token % 32u)) & 1u) == 1u;
  let penalised = select(logit * sampling.repetition_penalty, logit / sampling.repetition_penalty, logit > 0.0);
  return select(logit, penalised, is_seen);
}

fn scaled_logit(token: u32) -> f32 {
  return penalised_logit(token) / sampling.temperature;
}

// An integer that orders as the float does.
fn ordered(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  return select(bits | 0x80000000u, ~bits, bits >> 31u == 1u);
}

// The token with the largest penalised logit.
fn best_token(lane: u32) -> u32 {
  var best = LOWEST;
  var token = 0u;
  for (var i = lane; i < params.tokens; i += LANES) {
    let logit = penalised_logit(i);
    if (logit > best) {
      best = logit;
      token = i;
    }
  }
  return best_of_lanes(lane, best, token);
}

// The token with the largest sum of logit and noise, among those that are kept.
fn draw_token(lane: u32, cutoff: u32, least: f32) -> u32 {
  var best = LOWEST;
  var token = 0u;
  for (var i = lane; i < params.tokens; i += LANES) {
    let logit = scaled_logit(i);
    if (ordered(logit) >= cutoff && logit >= least) {
      let noisy = logit + gumbel(i);
      if (noisy > best) {
        best = noisy;
        token = i;
      }
    }
  }
  return best_of_lanes(lane, best, token);
}

// The lowest token among the lanes' largest values.
fn best_of_lanes(lane: u32, value: f32, token: u32) -> u32 {
  let key = ordered(select(value, 0.0, value == 0.0));  // zeros of both signs are equals
  workgroupBarrier();
  if (lane == 0u) {
    atomicStore(&best_key, 0u);
    atomicStore(&lowest_token, 0xFFFFFFFFu);
  }
  workgroupBarrier();
  atomicMax(&best_key, key);
  workgroupBarrier();
  if (key == atomicLoad(&best_key)) {
    atomicMin(&lowest_token, token);
  }
  workgroupBarrier();
  return atomicLoad(&lowest_token);
}

// Sum of exp(logit - maximum) over what the cut-off keeps, added in a fixed order.
fn total_mass(lane: u32, cutoff: u32, maximum: f32) -> f32 {
  var sum = 0.0;
  for (var i = lane; i < params.tokens; i += LANES) {
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
    for (var i = lane; i < params.tokens; i += LANES) {
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

// Noise of the standard Gumbel distribution for a token at this position: -log(-log(1 - v)) for an
// even v in (0, 1).
fn gumbel(token: u32) -> f32 {
  let bits = hash(vec3u(sampling.seed, step.position + step.rows, token));
  // Rounding could make it 1. Small v give large noise, and f32 has most numbers there.
  let v = min((f32(bits) + 0.5) / 4294967296.0, 0.99999994);
  // A log near 1 is all rounding error, so small v take its series.
  let exponential = select(-log(1.0 - v), v * (1.0 + v * (0.5 + v / 3.0)), v < 0.01);
  return -log(exponential);
}

// pcg3d (Jarzynski and Olano, Hash Functions for GPU Rendering, 2020), one of its three words.
fn hash(counter: vec3u) -> u32 {
  var v = counter * 1664525u + 1013904223u;
  v.x += v.y * v.z;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v ^= v >> vec3u(16u);
  v.x += v.y * v.z;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  return v.x;
}

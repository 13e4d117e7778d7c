// How the next token is chosen from its logits:
//
// 1. penalty   tokens already in the context have positive logits divided by it, negative multiplied
// 2. scale     logit / temperature
// 3. top-k     keep the k largest                           (0: all)
// 4. top-p     of those, keep the largest that together have the mass top_p   (1: all)
// 5. min-p     of those, keep the ones at least min_p times as probable as the best
// 6. draw      argmax of logit + Gumbel noise, which is an exact sample of the softmax of what is
//              kept; the noise is a hash of seed, position and token, so that it depends on nothing else
//
// Top-k and top-p also keep what equals the least that they keep.
//
// At temperature 0 steps 2 to 6 are the plain argmax, the lowest id among equals.
//
// The kernels that include this declare `sampling` and `seen`.

struct Sampling {
  temperature: f32,
  top_k: u32,
  top_p: f32,
  min_p: f32,
  repetition_penalty: f32,
  seed: u32,
  stop_count: u32,
  tokens: u32,                   // ids with a token; logits past them belong to no token
  stop_tokens: array<vec4u, 4>,  // the first stop_count of 16
}

// A token that may be chosen, and an integer that orders as what it is compared by.
struct Candidate {
  key: u32,
  token: u32,
}

const LOWEST = -3.4028234e38;
const NO_CANDIDATE = Candidate(0u, 0xFFFFFFFFu);

// The lower token among equals.
fn better(a: Candidate, b: Candidate) -> Candidate {
  let is_b = b.key > a.key || (b.key == a.key && b.token < a.token);
  return Candidate(max(a.key, b.key), select(a.token, b.token, is_b));
}

// Whether some tokens are left out before one is drawn.
fn is_filtered() -> bool {
  let by_count = sampling.top_k > 0u && sampling.top_k < sampling.tokens;
  return by_count || sampling.top_p < 1.0 || sampling.min_p > 0.0;
}

// What a token is compared by among all: at temperature 0 its logit, without filters its logit and noise,
// and with filters its logit again, since these ask for the largest.
fn candidate_key(token: u32, logit: f32) -> u32 {
  let penalised = penalised_logit(token, logit);
  if (sampling.temperature == 0.0) {
    return key_of(penalised);
  }
  let scaled = penalised / sampling.temperature;
  if (is_filtered()) {
    return key_of(scaled);
  }
  return key_of(scaled + gumbel(token));
}

fn penalised_logit(token: u32, logit: f32) -> f32 {
  let is_seen = ((seen[token / 32u] >> (token % 32u)) & 1u) == 1u;
  let penalised = select(logit * sampling.repetition_penalty, logit / sampling.repetition_penalty, logit > 0.0);
  return select(logit, penalised, is_seen);
}

// Zeros of both signs are equals; what is no number, or minus infinity, is below all.
fn key_of(value: f32) -> u32 {
  return select(0u, ordered(select(value, 0.0, value == 0.0)), value > LOWEST);
}

// An integer that orders as the float does.
fn ordered(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  return select(bits | 0x80000000u, ~bits, bits >> 31u == 1u);
}

// Noise of the standard Gumbel distribution for a token at this position: -log(-log(1 - v)) for an
// even v in (0, 1).
fn gumbel(token: u32) -> f32 {
  let bits = hash(vec3u(sampling.seed, step_position() + step_rows(), token));
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

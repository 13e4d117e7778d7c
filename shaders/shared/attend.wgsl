// Grouped-query attention with sinks and an optional sliding window.
//
//   s[j] = dot(q, k[j]) / sqrt(head_dim)          for the visible keys j
//   y = sum(exp(s[j] - m) v[j]) / (sum(exp(s[j] - m)) + exp(sink - m))
//
// A query at position p sees keys j <= p, in a sliding layer only those with p - j < window. The
// sink is one more logit of each head, unscaled and without a value.
//
// One workgroup per token and up to four query heads that share a key/value head, a quad: the four
// are the components of a vec4, so one read of a key or value serves them all. Lanes are as many as
// head_dim has elements. Keys are taken in blocks of HEAD_DIM: first each lane scores one key,
// then each lane adds up one element of the values. Blocks start at multiples of HEAD_DIM whatever
// the query, and a block that hides all its keys changes nothing, so the result of a query depends
// on its position alone.
//
// Position j lies at j % capacity: the cache of a sliding layer is a ring. A ring holds a multiple of
// HEAD_DIM positions, so a block never lies across its end.
//
// A kernel that includes this declares `keys` and `values`, the cache, fills `queries`, attends from
// the sink on, and stores the result. It also says how many positions may be read from the cache,
// `cached_keys(position)`: all, or all but the query's own, which `own_score()` and `own_value(lane)` then
// stand for.

override HEAD_DIM: u32 = 64;

struct Params {
  num_attention_heads: u32,
  num_key_value_heads: u32,
  window: u32,    // keys a query sees, itself included; the largest u32 for all
  capacity: u32,  // positions that the cache holds
  scale: f32,     // 1 / sqrt(head_dim)
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> qkv: array<f32>;      // f32 [tokens, (H + 2 KV) head_dim]
@group(0) @binding(5) var<storage, read> sinks: array<f32>;    // f32 [H]
@group(0) @binding(6) var<storage, read_write> y: array<f32>;  // f32 [tokens, H head_dim]

const LOWEST = -3.4028234e38;

var<workgroup> queries: array<vec4f, HEAD_DIM>;  // element -> the four heads, scaled
var<workgroup> scores: array<vec4f, HEAD_DIM>;   // key of the block -> the four heads
var<workgroup> weights: array<vec4f, HEAD_DIM>;

struct Quad {
  kv_head: u32,
  number: u32,      // among the quads of that key/value head
  in_group: vec4u,  // numbers within the group; past its end nothing is stored
  heads: vec4u,     // past the end the group's last head is repeated
}

fn quad_of(workgroup: u32) -> Quad {
  let group = params.num_attention_heads / params.num_key_value_heads;
  let quads = (group + 3u) / 4u;  // workgroups of a key/value head
  let kv_head = workgroup / quads;
  let number = workgroup % quads;
  let in_group = 4u * number + vec4u(0u, 1u, 2u, 3u);
  return Quad(kv_head, number, in_group, kv_head * group + min(in_group, vec4u(group - 1u)));
}

// Where a token's row of qkv begins.
fn first_element(token: u32) -> u32 {
  return token * (params.num_attention_heads + 2u * params.num_key_value_heads) * HEAD_DIM;
}

// A softmax over some of the keys, for the four heads; the lane's element of the values.
struct Attended {
  maximum: vec4f,  // of the scores
  total: vec4f,    // sum(exp(score - maximum))
  sum: vec4f,      // sum(exp(score - maximum) value)
}

// The sink alone: a maximum seen, a weight of exp(0) and no value.
fn sink_alone(quad: Quad) -> Attended {
  let heads = quad.heads;
  let sink = vec4f(sinks[heads.x], sinks[heads.y], sinks[heads.z], sinks[heads.w]);
  return Attended(sink, vec4f(1.0), vec4f(0.0));
}

// The keys from `begin`, a multiple of HEAD_DIM, to before `end` besides those attended to so far, as
// far as a query at `position` sees them.
fn attend(quad: Quad, position: u32, begin: u32, end: u32, so_far: Attended, lane: u32) -> Attended {
  let kv_heads = params.num_key_value_heads;
  let cached = cached_keys(position);
  let first = max(begin, max(position + 1u, params.window) - params.window);
  var maximum = so_far.maximum;
  var total = so_far.total;
  var sum = so_far.sum;

  for (var start = first - first % HEAD_DIM; start < end; start += HEAD_DIM) {
    workgroupBarrier();
    let slot = start % params.capacity;
    let key = start + lane;
    var score = vec4f(LOWEST);
    if (key >= first && key < cached) {
      score = score_key(((slot + lane) * kv_heads + quad.kv_head) * (HEAD_DIM / 4u));
    } else if (key == position) {
      score = own_score();
    }
    scores[lane] = score;
    workgroupBarrier();

    let block_begin = max(first, start) - start;  // the visible keys of this block
    let block_end = min(HEAD_DIM, end - start);
    var block_maximum = maximum;
    for (var j = block_begin; j < block_end; j++) {
      block_maximum = max(block_maximum, scores[j]);
    }
    // exp(0) need not be exactly 1 on every device; a maximum that stays must change nothing.
    let rescale = select(exp(maximum - block_maximum), vec4f(1.0), maximum == block_maximum);
    maximum = block_maximum;
    weights[lane] = select(exp(score - maximum), vec4f(0.0), score == vec4f(LOWEST));
    workgroupBarrier();

    total *= rescale;
    sum *= rescale;
    let cached_end = min(block_end, cached - start);
    for (var j = block_begin; j < cached_end; j++) {
      total += weights[j];
      sum += weights[j] * f32(values[((slot + j) * kv_heads + quad.kv_head) * HEAD_DIM + lane]);
    }
    if (cached_end < block_end) {
      total += weights[cached_end];
      sum += weights[cached_end] * own_value(lane);
    }
  }
  return Attended(maximum, total, sum);
}

fn store(quad: Quad, token: u32, attended: Attended, lane: u32) {
  let group = params.num_attention_heads / params.num_key_value_heads;
  let result = attended.sum / attended.total;
  for (var h = 0u; h < 4u; h++) {
    if (quad.in_group[h] < group) {
      y[(token * params.num_attention_heads + quad.heads[h]) * HEAD_DIM + lane] = result[h];
    }
  }
}

fn score_key(key: u32) -> vec4f {
  var score = vec4f(0.0);
  for (var i = 0u; i < HEAD_DIM / 4u; i++) {
    score += score_part(i, vec4f(keys[key + i]));
  }
  return score;
}

// What elements 4i..4i+3 of a key add to its scores.
fn score_part(i: u32, k: vec4f) -> vec4f {
  return queries[4u * i] * k.x + queries[4u * i + 1u] * k.y
    + queries[4u * i + 2u] * k.z + queries[4u * i + 3u] * k.w;
}

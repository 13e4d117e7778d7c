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
// head_dim has elements, in four groups. Keys are taken in blocks of HEAD_DIM: first each lane scores
// one key; then each group adds up the values of its lanes' keys, four elements a lane. The groups' parts are
// put together at the end. Blocks start at multiples of HEAD_DIM whatever the query, and keys that are hidden
// change nothing, so the result of a query depends on its position alone.
//
// Position j lies at j % capacity: the cache of a sliding layer is a ring. A ring holds a multiple of
// HEAD_DIM positions, so a block never lies across its end.
//
// A kernel that includes this declares `keys` and `values`, the cache, fills `queries`, says what the
// softmax begins with, and stores the result.

override HEAD_DIM: u32 = 64;

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

// A group's softmax over its keys so far, for the four heads.
struct Gathering {
  maximum: vec4f,  // of the scores
  total: vec4f,    // sum(exp(score - maximum))
  sums: mat4x4f,   // a column sum(exp(score - maximum) value) for each of the lane's elements
}

// The softmax over all groups' keys.
struct Attended {
  maximum: vec4f,
  total: vec4f,
  sum: vec4f,  // of the value's element that has the lane's number
}

const GROUPS = 4u;

fn group_of(lane: u32) -> u32 {
  return lane / (HEAD_DIM / GROUPS);
}

// The lane's four elements of a key or value, as one of its vectors.
fn vector_of(lane: u32) -> u32 {
  return lane % (HEAD_DIM / 4u);
}

fn nothing() -> Gathering {
  return Gathering(vec4f(LOWEST), vec4f(0.0), mat4x4f());
}

// The sink alone, which the first group has: a maximum seen, a weight of exp(0) and no value.
fn sink_alone(quad: Quad, lane: u32) -> Gathering {
  if (group_of(lane) > 0u) {
    return nothing();
  }
  let heads = quad.heads;
  return Gathering(vec4f(sinks[heads.x], sinks[heads.y], sinks[heads.z], sinks[heads.w]), vec4f(1.0), mat4x4f());
}

// The cached keys from `begin`, a multiple of HEAD_DIM, to before `end` besides those gathered so far, as
// far as a query at `position` sees them.
fn attend(quad: Quad, position: u32, begin: u32, end: u32, so_far: Gathering, lane: u32) -> Attended {
  let kv_heads = params.num_key_value_heads;
  let first = max(begin, max(position + 1u, params.window) - params.window);
  var maximum = so_far.maximum;
  var total = so_far.total;
  var sums = so_far.sums;

  for (var start = first - first % HEAD_DIM; start < end; start += HEAD_DIM) {
    workgroupBarrier();
    let slot = start % params.capacity;
    let key = start + lane;
    var score = vec4f(LOWEST);
    if (key >= first && key < end) {
      score = score_key(((slot + lane) * kv_heads + quad.kv_head) * (HEAD_DIM / 4u));
    }
    scores[lane] = score;
    workgroupBarrier();

    // The group's visible keys of this block.
    let group_begin = max(max(first, start) - start, group_of(lane) * (HEAD_DIM / GROUPS));
    let group_end = min(end - start, (group_of(lane) + 1u) * (HEAD_DIM / GROUPS));
    var block_maximum = maximum;
    for (var j = group_begin; j < group_end; j++) {
      block_maximum = max(block_maximum, scores[j]);
    }
    let rescale = scaled_down(maximum, block_maximum);
    maximum = block_maximum;
    weights[lane] = select(exp(score - maximum), vec4f(0.0), score == vec4f(LOWEST));
    workgroupBarrier();

    total *= rescale;
    sums = mat4x4f(sums[0] * rescale, sums[1] * rescale, sums[2] * rescale, sums[3] * rescale);
    for (var j = group_begin; j < group_end; j++) {
      let weight = weights[j];
      let value = unpack_halves(values[((slot + j) * kv_heads + quad.kv_head) * (HEAD_DIM / 4u) + vector_of(lane)]);
      total += weight;
      sums += mat4x4f(weight * value.x, weight * value.y, weight * value.z, weight * value.w);
    }
  }
  return whole(Gathering(maximum, total, sums), lane);
}

// What a sum must be multiplied with when the maximum grows. exp(0) need not be exactly 1 on every device; a maximum
// that stays must change nothing.
fn scaled_down(maximum: vec4f, larger: vec4f) -> vec4f {
  return select(exp(maximum - larger), vec4f(1.0), maximum == larger);
}

// Adds up the groups, through what memory the lanes have by now.
fn whole(gathered: Gathering, lane: u32) -> Attended {
  workgroupBarrier();
  scores[lane] = gathered.maximum;
  workgroupBarrier();
  var maximum = scores[0];
  for (var group = 1u; group < GROUPS; group++) {
    maximum = max(maximum, scores[group * (HEAD_DIM / GROUPS)]);
  }
  let rescale = scaled_down(gathered.maximum, maximum);
  workgroupBarrier();
  queries[lane] = gathered.sums[0] * rescale;
  scores[lane] = gathered.sums[1] * rescale;
  weights[lane] = gathered.sums[2] * rescale;
  workgroupBarrier();
  let element = lane % 4u;
  var sum = vec4f(0.0);
  var total = vec4f(0.0);
  for (var group = 0u; group < GROUPS; group++) {
    let from_lane = group * (HEAD_DIM / GROUPS) + lane / 4u;
    sum += select(select(weights[from_lane], scores[from_lane], element == 1u), queries[from_lane], element == 0u);
  }
  workgroupBarrier();
  scores[lane] = gathered.sums[3] * rescale;
  weights[lane] = gathered.total * rescale;
  workgroupBarrier();
  var last = vec4f(0.0);
  for (var group = 0u; group < GROUPS; group++) {
    let from_lane = group * (HEAD_DIM / GROUPS) + lane / 4u;
    last += scores[from_lane];
    total += weights[from_lane];
  }
  return Attended(maximum, total, select(sum, last, element == 3u));
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
    score += score_part(i, unpack_halves(keys[key + i]));
  }
  return score;
}

// What elements 4i..4i+3 of a key add to its scores.
fn score_part(i: u32, k: vec4f) -> vec4f {
  return queries[4u * i] * k.x + queries[4u * i + 1u] * k.y
    + queries[4u * i + 2u] * k.z + queries[4u * i + 3u] * k.w;
}

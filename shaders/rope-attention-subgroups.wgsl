// What rope-attention.wgsl computes, for heads of 64 elements, without going through workgroup memory for every key.
//
// A workgroup has one key/value head, one part of the keys (shared/splits.wgsl says how they are divided) and up to
// eight of the query heads that share that head. Its lanes are taken eight by eight: an octet, eight consecutive lanes of
// a subgroup, has a softmax of its own over every fourth four of the keys; the octets' are put together at the end. Lane l
// has elements 8l to 8l+7 of all queries, of each key and value and of the sums, so that an octet reads a key as one
// stretch of memory, and query l's softmax. For devices whose subgroups are made of whole octets.

const HEAD_DIM = 64u;
const HEAD_VECTORS = 16u;  // of four elements
const OCTET = 8u;          // lanes, and queries
const OCTETS = 4u;         // of a workgroup
const KEYS = 4u;           // that an octet takes at a time

@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> qkv: array<vec4f>;            // f32 [1, (H + 2 KV) head_dim]
@group(0) @binding(3) var<storage, read_write> keys: array<vec4u>;     // f16 [capacity, KV, head_dim], eight per vec4
@group(0) @binding(4) var<storage, read_write> values: array<vec4u>;   // f16 [capacity, KV, head_dim], eight per vec4
@group(0) @binding(5) var<storage, read> sinks: array<f32>;            // f32 [H]
@group(0) @binding(6) var<storage, read_write> y: array<vec4f>;        // f32 [1, H head_dim]
@group(0) @binding(7) var<storage, read> rotations: array<vec4f>;      // f32 [positions, head_dim / 2] of (cos, sin)
@group(0) @binding(8) var<storage, read_write> partials: array<vec2f>; // f32 [splits, H, head_dim + 2]: sums, maximum, total

const LOWEST = -3.4028234e38;

// The lane's eight elements of a head.
struct Elements {
  low: vec4f,
  high: vec4f,
}

// A number for each of the octet's queries.
struct Eight {
  first: vec4f,  // queries 0 to 3
  last: vec4f,   // queries 4 to 7
}

// The lane's eight elements for each of the octet's queries: a column an element, a row a query.
struct Elements8 {
  first_low: mat4x4f,
  first_high: mat4x4f,
  last_low: mat4x4f,
  last_high: mat4x4f,
}

var<workgroup> maxima: array<f32, OCTETS * OCTET>;
var<workgroup> totals: array<f32, OCTETS * OCTET>;
var<workgroup> kept: array<vec4f, OCTETS * OCTET * HEAD_VECTORS>;  // lane -> its sums

@compute @workgroup_size(OCTETS * OCTET)
fn rope_attention(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  if (workgroup.x < step.idle_workgroups) {
    return;
  }
  let kv_heads = params.num_key_value_heads;
  let group = params.num_attention_heads / kv_heads;
  let parts = (group + OCTET - 1u) / OCTET;  // workgroups of a key/value head
  let kv_head = workgroup.x / parts;
  let first_in_group = workgroup.x % parts * OCTET;
  let split = workgroup.y;
  let position = step_position() + workgroup.z;  // of the only token
  let in_octet = lane % OCTET;
  // Where the lane's octet begins in its subgroup: all lanes are here, so as many are before it as add up.
  let octet = subgroupExclusiveAdd(1u) & ~7u;

  let turn = turn_at(position, in_octet);
  let own_key = pack(rotated(params.num_attention_heads + kv_head, in_octet, turn));
  let own_value = pack(elements_of(params.num_attention_heads + kv_heads + kv_head, in_octet));
  let queries = queries_from(kv_head * group, first_in_group, group, in_octet, turn);

  var begin = max(position + 1u, params.window) - params.window;
  var end = position + 1u;
  if (workgroups.y > 1u) {
    begin = split * split_keys(position);
    end = min(end, begin + split_keys(position));
  }
  let has_own = split + 1u == workgroups.y;
  if (has_own && first_in_group == 0u && lane < OCTET) {
    let at = (position % params.capacity * kv_heads + kv_head) * OCTET + in_octet;
    keys[at] = own_key;
    values[at] = own_value;
  }

  // The sink alone, which the first octet of the first part has: a maximum seen, a weight of exp(0) and no value.
  let has_sink = split == 0u && lane < OCTET;
  let own_head = kv_head * group + min(first_in_group + in_octet, group - 1u);
  var maximum = select(LOWEST, sinks[own_head], has_sink);
  var total = select(0.0, 1.0, has_sink);
  var sums = Elements8();

  for (var start = begin; start < end; start += KEYS * OCTETS) {
    let key = vec4u(start + lane / OCTET * KEYS) + vec4u(0u, 1u, 2u, 3u);
    // They lie one after another, and the first position of the cache follows its last: one division for all four.
    let after = vec4u(key.x % params.capacity) + vec4u(0u, 1u, 2u, 3u);
    let slots = select(after, after - params.capacity, after >= vec4u(params.capacity));
    let vectors = (slots * kv_heads + kv_head) * OCTET + in_octet;
    let cached = key < vec4u(position);
    let scores = vec4f(
      score(queries, key_at(vectors.x, cached.x, own_key), in_octet),
      score(queries, key_at(vectors.y, cached.y, own_key), in_octet),
      score(queries, key_at(vectors.z, cached.z, own_key), in_octet),
      score(queries, key_at(vectors.w, cached.w, own_key), in_octet),
    );
    let hidden = key >= vec4u(end);
    let visible = select(scores, vec4f(LOWEST), hidden);
    let larger = max(maximum, max(max(visible.x, visible.y), max(visible.z, visible.w)));
    let rescale = scaled_down(maximum, larger);
    let weights = select(exp(visible - larger), vec4f(0.0), hidden);
    maximum = larger;
    total = total * rescale + (weights.x + weights.y + weights.z + weights.w);

    sums = scaled(sums, of_all(rescale, octet));
    let all = mat4x4f(
      subgroupShuffle(weights, octet),
      subgroupShuffle(weights, octet + 1u),
      subgroupShuffle(weights, octet + 2u),
      subgroupShuffle(weights, octet + 3u),
    );
    let rest = mat4x4f(
      subgroupShuffle(weights, octet + 4u),
      subgroupShuffle(weights, octet + 5u),
      subgroupShuffle(weights, octet + 6u),
      subgroupShuffle(weights, octet + 7u),
    );
    let first = transpose(all);
    let last = transpose(rest);
    sums = with_value(sums, Eight(first[0], last[0]), value_at(vectors.x, cached.x, own_value));
    sums = with_value(sums, Eight(first[1], last[1]), value_at(vectors.y, cached.y, own_value));
    sums = with_value(sums, Eight(first[2], last[2]), value_at(vectors.z, cached.z, own_value));
    sums = with_value(sums, Eight(first[3], last[3]), value_at(vectors.w, cached.w, own_value));
  }

  maxima[lane] = maximum;
  workgroupBarrier();
  var largest = maximum;
  for (var other = in_octet; other < OCTETS * OCTET; other += OCTET) {
    largest = max(largest, maxima[other]);
  }
  let rescale = scaled_down(maximum, largest);
  sums = scaled(sums, of_all(rescale, octet));
  totals[lane] = total * rescale;
  if (lane >= OCTET) {
    keep(sums, lane * HEAD_VECTORS);
  }
  workgroupBarrier();
  total = 0.0;
  for (var other = in_octet; other < OCTETS * OCTET; other += OCTET) {
    total += totals[other];
  }

  let all_maxima = of_all(largest, octet);
  let all_totals = of_all(total, octet);
  if (lane >= OCTET) {
    return;
  }
  for (var other = lane + OCTET; other < OCTETS * OCTET; other += OCTET) {
    sums = with_kept(sums, other * HEAD_VECTORS);
  }
  let first_low = transpose(sums.first_low);
  let first_high = transpose(sums.first_high);
  let last_low = transpose(sums.last_low);
  let last_high = transpose(sums.last_high);
  let to = Target(kv_head * group + first_in_group, (kv_head + 1u) * group, split, workgroups.y, in_octet);
  store(to, 0u, first_low[0], first_high[0], all_maxima.first[0], all_totals.first[0]);
  store(to, 1u, first_low[1], first_high[1], all_maxima.first[1], all_totals.first[1]);
  store(to, 2u, first_low[2], first_high[2], all_maxima.first[2], all_totals.first[2]);
  store(to, 3u, first_low[3], first_high[3], all_maxima.first[3], all_totals.first[3]);
  store(to, 4u, last_low[0], last_high[0], all_maxima.last[0], all_totals.last[0]);
  store(to, 5u, last_low[1], last_high[1], all_maxima.last[1], all_totals.last[1]);
  store(to, 6u, last_low[2], last_high[2], all_maxima.last[2], all_totals.last[2]);
  store(to, 7u, last_low[3], last_high[3], all_maxima.last[3], all_totals.last[3]);
}

// The angles of a position: cosines for the lane's elements, and sines, negative in the first half of a head.
struct Turn {
  cosines: Elements,
  sines: Elements,
}

fn turn_at(position: u32, in_octet: u32) -> Turn {
  // A vector has two pairs' cosine and sine, and the second half of a head has the pairs of the first.
  let at = position * (HEAD_DIM / 4u) + in_octet % 4u * 4u;
  let a = rotations[at];
  let b = rotations[at + 1u];
  let c = rotations[at + 2u];
  let d = rotations[at + 3u];
  let sign = select(1.0, -1.0, in_octet < 4u);
  return Turn(
    Elements(vec4f(a.xz, b.xz), vec4f(c.xz, d.xz)),
    Elements(sign * vec4f(a.yw, b.yw), sign * vec4f(c.yw, d.yw)),
  );
}

fn elements_of(head: u32, in_octet: u32) -> Elements {
  let at = head * HEAD_VECTORS + 2u * in_octet;
  return Elements(qkv[at], qkv[at + 1u]);
}

// An element's partner, half a head away, is four lanes away.
fn rotated(head: u32, in_octet: u32, turn: Turn) -> Elements {
  let own = elements_of(head, in_octet);
  return Elements(
    own.low * turn.cosines.low + subgroupShuffleXor(own.low, 4u) * turn.sines.low,
    own.high * turn.cosines.high + subgroupShuffleXor(own.high, 4u) * turn.sines.high,
  );
}

// The octet's queries, rotated and scaled; past the end of the group its last head is repeated.
fn queries_from(head: u32, in_group: u32, group: u32, in_octet: u32, turn: Turn) -> Elements8 {
  let end = group - 1u;
  let q0 = rotated(head + in_group, in_octet, turn);
  let q1 = rotated(head + min(in_group + 1u, end), in_octet, turn);
  let q2 = rotated(head + min(in_group + 2u, end), in_octet, turn);
  let q3 = rotated(head + min(in_group + 3u, end), in_octet, turn);
  let q4 = rotated(head + min(in_group + 4u, end), in_octet, turn);
  let q5 = rotated(head + min(in_group + 5u, end), in_octet, turn);
  let q6 = rotated(head + min(in_group + 6u, end), in_octet, turn);
  let q7 = rotated(head + min(in_group + 7u, end), in_octet, turn);
  return Elements8(
    params.scale * transpose(mat4x4f(q0.low, q1.low, q2.low, q3.low)),
    params.scale * transpose(mat4x4f(q0.high, q1.high, q2.high, q3.high)),
    params.scale * transpose(mat4x4f(q4.low, q5.low, q6.low, q7.low)),
    params.scale * transpose(mat4x4f(q4.high, q5.high, q6.high, q7.high)),
  );
}

fn pack(elements: Elements) -> vec4u {
  return vec4u(pack_halves(elements.low), pack_halves(elements.high));
}

fn unpack(words: vec4u) -> Elements {
  return Elements(unpack_halves(words.xy), unpack_halves(words.zw));
}

// The cache need not have the token's own key yet; what comes after it is hidden, and its own will do.
fn key_at(vector: u32, is_cached: bool, own: vec4u) -> vec4u {
  if (is_cached) {
    return keys[vector];
  }
  return own;
}

fn value_at(vector: u32, is_cached: bool, own: vec4u) -> vec4u {
  if (is_cached) {
    return values[vector];
  }
  return own;
}

// How well the key matches the query that has the lane's number.
fn score(queries: Elements8, key: vec4u, in_octet: u32) -> f32 {
  let elements = unpack(key);
  let first = queries.first_low * elements.low + queries.first_high * elements.high;
  let last = queries.last_low * elements.low + queries.last_high * elements.high;
  // Adding up over the octet, each step leaves a lane half of the queries, those whose number has its bit, for which it
  // takes the other lane's part and gives away its own of the others.
  let of_last = (in_octet & 4u) != 0u;
  let four = select(first, last, of_last) + subgroupShuffleXor(select(last, first, of_last), 4u);
  let of_second = (in_octet & 2u) != 0u;
  let two = select(four.xy, four.zw, of_second) + subgroupShuffleXor(select(four.zw, four.xy, of_second), 2u);
  let of_odd = (in_octet & 1u) != 0u;
  return select(two.x, two.y, of_odd) + subgroupShuffleXor(select(two.y, two.x, of_odd), 1u);
}

// What every lane of the octet has, for all of them.
fn of_all(value: f32, octet: u32) -> Eight {
  return Eight(
    vec4f(
      subgroupShuffle(value, octet),
      subgroupShuffle(value, octet + 1u),
      subgroupShuffle(value, octet + 2u),
      subgroupShuffle(value, octet + 3u),
    ),
    vec4f(
      subgroupShuffle(value, octet + 4u),
      subgroupShuffle(value, octet + 5u),
      subgroupShuffle(value, octet + 6u),
      subgroupShuffle(value, octet + 7u),
    ),
  );
}

// What a sum must be multiplied with when the maximum grows. exp(0) need not be exactly 1 on every device; a maximum
// that stays must change nothing.
fn scaled_down(maximum: f32, larger: f32) -> f32 {
  return select(exp(maximum - larger), 1.0, maximum == larger);
}

fn scaled(sums: Elements8, by: Eight) -> Elements8 {
  return Elements8(
    rows_scaled(sums.first_low, by.first),
    rows_scaled(sums.first_high, by.first),
    rows_scaled(sums.last_low, by.last),
    rows_scaled(sums.last_high, by.last),
  );
}

fn rows_scaled(m: mat4x4f, by: vec4f) -> mat4x4f {
  return mat4x4f(m[0] * by, m[1] * by, m[2] * by, m[3] * by);
}

fn with_value(sums: Elements8, weights: Eight, value: vec4u) -> Elements8 {
  let elements = unpack(value);
  return Elements8(
    sums.first_low + product(weights.first, elements.low),
    sums.first_high + product(weights.first, elements.high),
    sums.last_low + product(weights.last, elements.low),
    sums.last_high + product(weights.last, elements.high),
  );
}

fn product(weights: vec4f, elements: vec4f) -> mat4x4f {
  return mat4x4f(weights * elements.x, weights * elements.y, weights * elements.z, weights * elements.w);
}

fn keep(sums: Elements8, at: u32) {
  keep_matrix(sums.first_low, at);
  keep_matrix(sums.first_high, at + 4u);
  keep_matrix(sums.last_low, at + 8u);
  keep_matrix(sums.last_high, at + 12u);
}

fn keep_matrix(m: mat4x4f, at: u32) {
  kept[at] = m[0];
  kept[at + 1u] = m[1];
  kept[at + 2u] = m[2];
  kept[at + 3u] = m[3];
}

fn with_kept(sums: Elements8, at: u32) -> Elements8 {
  return Elements8(
    sums.first_low + kept_matrix(at),
    sums.first_high + kept_matrix(at + 4u),
    sums.last_low + kept_matrix(at + 8u),
    sums.last_high + kept_matrix(at + 12u),
  );
}

fn kept_matrix(at: u32) -> mat4x4f {
  return mat4x4f(kept[at], kept[at + 1u], kept[at + 2u], kept[at + 3u]);
}

// Where an octet leaves its results: heads from the first one on, as far as there are such.
struct Target {
  first_head: u32,
  end_head: u32,
  split: u32,
  splits: u32,
  in_octet: u32,
}

fn store(to: Target, number: u32, low: vec4f, high: vec4f, maximum: f32, total: f32) {
  let head = to.first_head + number;
  if (head >= to.end_head) {
    return;
  }
  if (to.splits == 1u) {
    let at = head * HEAD_VECTORS + 2u * to.in_octet;
    y[at] = low / total;
    y[at + 1u] = high / total;
    return;
  }
  let start = (to.split * params.num_attention_heads + head) * (HEAD_DIM / 2u + 1u);
  let at = start + 4u * to.in_octet;
  partials[at] = low.xy;
  partials[at + 1u] = low.zw;
  partials[at + 2u] = high.xy;
  partials[at + 3u] = high.zw;
  if (to.in_octet == 0u) {
    partials[start + HEAD_DIM / 2u] = vec2f(maximum, total);
  }
}

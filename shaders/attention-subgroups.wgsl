// Grouped-query attention with sinks and an optional sliding window, for many tokens: what attention.wgsl
// computes, as shared/attend.wgsl says it, without workgroup memory or barriers. Heads have 64 elements.
//
// Queries that share a key/value head, (token, head) in that order, are taken eight by eight, and so are
// lanes: an octet, eight consecutive lanes of a subgroup, attends to keys in blocks of 32. First each lane
// scores four keys for all eight queries, then it adds up eight elements of the values for them. Lane
// l fetches query l, and weighs its keys; the others take both from it. For devices whose subgroups are
// made of whole octets.
//
// All octets of a workgroup walk the blocks that any of its queries sees. One that hides all its keys
// from a query changes nothing for it, so that the result of a query depends on its position alone. A hidden
// key's value is multiplied by its weight, 0, and added like the others: it must be finite, or NaN comes of it.

const HEAD_DIM = 64u;
const HEAD_VECTORS = 16u;  // HEAD_DIM / 4
const BLOCK_KEYS = 32u;
const LANES = 32u;

@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> qkv: array<vec4f>;      // f32 [tokens, (H + 2 KV) head_dim]
@group(0) @binding(3) var<storage, read> keys: array<vec2u>;     // f16 [capacity, KV, head_dim], four per vec2
@group(0) @binding(4) var<storage, read> values: array<vec2u>;   // f16 [capacity, KV, head_dim], four per vec2
@group(0) @binding(5) var<storage, read> sinks: array<f32>;      // f32 [H]
@group(0) @binding(6) var<storage, read_write> y: array<vec4f>;  // f32 [tokens, H head_dim]

const LOWEST = -3.4028234e38;

// Something for each of the octet's queries.
struct Queries {
  query0: vec4f,
  query1: vec4f,
  query2: vec4f,
  query3: vec4f,
  query4: vec4f,
  query5: vec4f,
  query6: vec4f,
  query7: vec4f,
}

// Which keys a query sees, and where its numbers are.
struct Query {
  first: u32,     // position of the first key that it sees
  position: u32,  // of the last one, its own
  source: u32,    // its first vector in qkv
  target_vector: u32,  // in y
  head: u32,
}

// The softmax of one query so far: what all lanes of the octet know, and the lane's share of the total.
struct Softmax {
  maximum: f32,
  total: f32,
  rescale: f32,  // by which what was added up before the last block counts
}

@compute @workgroup_size(LANES)
fn attention(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let kv_head = workgroup.x;
  let kv_heads = params.num_key_value_heads;
  let first_number = workgroup.y * LANES;
  let in_octet = lane % 8u;
  // Where the lane's octet begins in its subgroup: all lanes are here, so as many are before it as add up.
  let octet = subgroupExclusiveAdd(1u) & ~7u;
  let own = query_at(kv_head, first_number + lane);
  let begin = query_at(kv_head, first_number).first;
  let end = query_at(kv_head, first_number + LANES - 1u).position + 1u;

  var first_sums = Queries();  // elements 8l..8l+3 of lane l
  var last_sums = Queries();   // elements 8l+4..8l+7
  var softmax0 = begin_softmax(subgroupShuffle(own.head, octet + 0u), in_octet);
  var softmax1 = begin_softmax(subgroupShuffle(own.head, octet + 1u), in_octet);
  var softmax2 = begin_softmax(subgroupShuffle(own.head, octet + 2u), in_octet);
  var softmax3 = begin_softmax(subgroupShuffle(own.head, octet + 3u), in_octet);
  var softmax4 = begin_softmax(subgroupShuffle(own.head, octet + 4u), in_octet);
  var softmax5 = begin_softmax(subgroupShuffle(own.head, octet + 5u), in_octet);
  var softmax6 = begin_softmax(subgroupShuffle(own.head, octet + 6u), in_octet);
  var softmax7 = begin_softmax(subgroupShuffle(own.head, octet + 7u), in_octet);

  for (var start = begin - begin % BLOCK_KEYS; start < end; start += BLOCK_KEYS) {
    let slot = start % params.capacity;
    let own_keys = vec4u(slot + 4u * in_octet) + vec4u(0u, 1u, 2u, 3u);
    let vectors = (own_keys * kv_heads + kv_head) * HEAD_VECTORS;
    var scores = Queries();
    // Ends after all vectors of a key; why it does not say so by a constant: unrolled, it takes long to compile.
    for (var i = 0u; i < min(HEAD_VECTORS, end * HEAD_VECTORS); i++) {
      // A row vector times this matrix is its dot product with each of the four keys.
      let k = mat4x4f(
        unpack_halves(keys[vectors.x + i]),
        unpack_halves(keys[vectors.y + i]),
        unpack_halves(keys[vectors.z + i]),
        unpack_halves(keys[vectors.w + i]),
      );
      let q = qkv[own.source + i] * params.scale;
      scores.query0 += subgroupShuffle(q, octet + 0u) * k;
      scores.query1 += subgroupShuffle(q, octet + 1u) * k;
      scores.query2 += subgroupShuffle(q, octet + 2u) * k;
      scores.query3 += subgroupShuffle(q, octet + 3u) * k;
      scores.query4 += subgroupShuffle(q, octet + 4u) * k;
      scores.query5 += subgroupShuffle(q, octet + 5u) * k;
      scores.query6 += subgroupShuffle(q, octet + 6u) * k;
      scores.query7 += subgroupShuffle(q, octet + 7u) * k;
    }

    let positions = vec4u(start + 4u * in_octet) + vec4u(0u, 1u, 2u, 3u);
    let hidden0 = hides(own, octet + 0u, positions);
    let weights0 = weigh(&softmax0, scores.query0, hidden0);
    first_sums.query0 *= softmax0.rescale;
    last_sums.query0 *= softmax0.rescale;
    let hidden1 = hides(own, octet + 1u, positions);
    let weights1 = weigh(&softmax1, scores.query1, hidden1);
    first_sums.query1 *= softmax1.rescale;
    last_sums.query1 *= softmax1.rescale;
    let hidden2 = hides(own, octet + 2u, positions);
    let weights2 = weigh(&softmax2, scores.query2, hidden2);
    first_sums.query2 *= softmax2.rescale;
    last_sums.query2 *= softmax2.rescale;
    let hidden3 = hides(own, octet + 3u, positions);
    let weights3 = weigh(&softmax3, scores.query3, hidden3);
    first_sums.query3 *= softmax3.rescale;
    last_sums.query3 *= softmax3.rescale;
    let hidden4 = hides(own, octet + 4u, positions);
    let weights4 = weigh(&softmax4, scores.query4, hidden4);
    first_sums.query4 *= softmax4.rescale;
    last_sums.query4 *= softmax4.rescale;
    let hidden5 = hides(own, octet + 5u, positions);
    let weights5 = weigh(&softmax5, scores.query5, hidden5);
    first_sums.query5 *= softmax5.rescale;
    last_sums.query5 *= softmax5.rescale;
    let hidden6 = hides(own, octet + 6u, positions);
    let weights6 = weigh(&softmax6, scores.query6, hidden6);
    first_sums.query6 *= softmax6.rescale;
    last_sums.query6 *= softmax6.rescale;
    let hidden7 = hides(own, octet + 7u, positions);
    let weights7 = weigh(&softmax7, scores.query7, hidden7);
    first_sums.query7 *= softmax7.rescale;
    last_sums.query7 *= softmax7.rescale;

    for (var i = 0u; i < min(8u, end * 8u); i++) {
      // Four keys' values; the lane that scored them has their weights.
      let at = ((slot + 4u * i) * kv_heads + kv_head) * HEAD_VECTORS + 2u * in_octet;
      let next = kv_heads * HEAD_VECTORS;
      let first = mat4x4f(
        unpack_halves(values[at]),
        unpack_halves(values[at + next]),
        unpack_halves(values[at + 2u * next]),
        unpack_halves(values[at + 3u * next]),
      );
      let last = mat4x4f(
        unpack_halves(values[at + 1u]),
        unpack_halves(values[at + next + 1u]),
        unpack_halves(values[at + 2u * next + 1u]),
        unpack_halves(values[at + 3u * next + 1u]),
      );
      let w0 = subgroupShuffle(weights0, octet + i);
      first_sums.query0 += first * w0;
      last_sums.query0 += last * w0;
      let w1 = subgroupShuffle(weights1, octet + i);
      first_sums.query1 += first * w1;
      last_sums.query1 += last * w1;
      let w2 = subgroupShuffle(weights2, octet + i);
      first_sums.query2 += first * w2;
      last_sums.query2 += last * w2;
      let w3 = subgroupShuffle(weights3, octet + i);
      first_sums.query3 += first * w3;
      last_sums.query3 += last * w3;
      let w4 = subgroupShuffle(weights4, octet + i);
      first_sums.query4 += first * w4;
      last_sums.query4 += last * w4;
      let w5 = subgroupShuffle(weights5, octet + i);
      first_sums.query5 += first * w5;
      last_sums.query5 += last * w5;
      let w6 = subgroupShuffle(weights6, octet + i);
      first_sums.query6 += first * w6;
      last_sums.query6 += last * w6;
      let w7 = subgroupShuffle(weights7, octet + i);
      first_sums.query7 += first * w7;
      last_sums.query7 += last * w7;
    }
  }

  let number = first_number + lane - in_octet;
  store(kv_head, number + 0u, first_sums.query0, last_sums.query0, softmax0, in_octet);
  store(kv_head, number + 1u, first_sums.query1, last_sums.query1, softmax1, in_octet);
  store(kv_head, number + 2u, first_sums.query2, last_sums.query2, softmax2, in_octet);
  store(kv_head, number + 3u, first_sums.query3, last_sums.query3, softmax3, in_octet);
  store(kv_head, number + 4u, first_sums.query4, last_sums.query4, softmax4, in_octet);
  store(kv_head, number + 5u, first_sums.query5, last_sums.query5, softmax5, in_octet);
  store(kv_head, number + 6u, first_sums.query6, last_sums.query6, softmax6, in_octet);
  store(kv_head, number + 7u, first_sums.query7, last_sums.query7, softmax7, in_octet);
}

// Number `number` of the queries that share a key/value head; past the end, the last.
fn query_at(kv_head: u32, number: u32) -> Query {
  let group = params.num_attention_heads / params.num_key_value_heads;
  let existing = min(number, step_rows() * group - 1u);
  let token = existing / group;
  let head = kv_head * group + existing % group;
  let position = step_position() + token;
  let heads_in_row = params.num_attention_heads + 2u * params.num_key_value_heads;
  return Query(
    max(position + 1u, params.window) - params.window,
    position,
    (token * heads_in_row + head) * HEAD_VECTORS,
    (token * params.num_attention_heads + head) * HEAD_VECTORS,
    head,
  );
}

// Which of these positions the query of another lane does not see.
fn hides(own: Query, lane: u32, positions: vec4u) -> vec4<bool> {
  let first = subgroupShuffle(own.first, lane);
  let last = subgroupShuffle(own.position, lane);
  return (positions < vec4u(first)) | (positions > vec4u(last));
}

// The sink alone: a maximum seen, and a weight of exp(0), which one lane counts.
fn begin_softmax(head: u32, in_octet: u32) -> Softmax {
  return Softmax(sinks[head], select(0.0, 1.0, in_octet == 0u), 1.0);
}

// The weights of the lane's four keys, now that the octet has scored a block.
fn weigh(softmax: ptr<function, Softmax>, scores: vec4f, hidden: vec4<bool>) -> vec4f {
  let visible = select(scores, vec4f(LOWEST), hidden);
  var maximum = max(max(visible.x, visible.y), max(visible.z, visible.w));
  maximum = max(maximum, subgroupShuffleXor(maximum, 1u));
  maximum = max(maximum, subgroupShuffleXor(maximum, 2u));
  maximum = max(maximum, subgroupShuffleXor(maximum, 4u));
  maximum = max(maximum, (*softmax).maximum);
  // exp(0) need not be exactly 1 on every device; a maximum that stays must change nothing.
  let stays = maximum == (*softmax).maximum;
  let rescale = select(exp((*softmax).maximum - maximum), 1.0, stays);
  let weights = select(exp(visible - maximum), vec4f(0.0), hidden);
  let total = (*softmax).total * rescale + (weights.x + weights.y + weights.z + weights.w);
  *softmax = Softmax(maximum, total, rescale);
  return weights;
}

// The lane's eight elements of one query's result, where there is such a query.
fn store(kv_head: u32, number: u32, first: vec4f, last: vec4f, softmax: Softmax, in_octet: u32) {
  var total = softmax.total;
  total += subgroupShuffleXor(total, 1u);
  total += subgroupShuffleXor(total, 2u);
  total += subgroupShuffleXor(total, 4u);
  let group = params.num_attention_heads / params.num_key_value_heads;
  if (number < step_rows() * group) {
    let at = query_at(kv_head, number).target_vector + 2u * in_octet;
    y[at] = first / total;
    y[at + 1u] = last / total;
  }
}

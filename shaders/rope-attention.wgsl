// Rotary position embedding of one token's query and key, the write of key and value to the cache, and
// attention: rope.wgsl and attention.wgsl in one, for decode. See shared/attend.wgsl.
//
//   (a, b) = (head[i], head[i + half])   ->   (a cos - b sin, b cos + a sin)
//
// No workgroup waits for another: each rotates the key that its heads share for itself, one of
// them also writes it to the cache, and none reads the cache at the token's own position.
//
// Where a layer sees many keys, they are divided between the rows of the grid, see shared/splits.wgsl. Each
// then leaves its part of the softmax to attention-merge.wgsl; the first part begins with the sink, and the
// last has the token's own key.

@group(0) @binding(3) var<storage, read_write> keys: array<vec2u>;   // f16 [capacity, KV, head_dim], four per vec2
@group(0) @binding(4) var<storage, read_write> values: array<vec2u>; // f16 [capacity, KV, head_dim], four per vec2
@group(0) @binding(7) var<storage, read> rotations: array<vec2f>;    // f32 [positions, head_dim / 2] of (cos, sin)
@group(0) @binding(8) var<storage, read_write> partials: array<f32>; // f32 [splits, H, head_dim + 2]: sums, maximum, total

var<workgroup> own_key: array<f32, HEAD_DIM>;  // rounded as in the cache
var<workgroup> own_value: array<f32, HEAD_DIM>;

@compute @workgroup_size(HEAD_DIM)
fn rope_attention(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  if (workgroup.x < step.idle_workgroups) {
    return;
  }
  let quad = quad_of(workgroup.x);
  let split = workgroup.y;
  let token = workgroup.z;  // the only one
  let position = step_position() + token;
  let kv_heads = params.num_key_value_heads;
  let rotation = rotations[position * (HEAD_DIM / 2u) + lane % (HEAD_DIM / 2u)];
  let heads = quad.heads;
  queries[lane] = params.scale * vec4f(
    rotated(heads.x, lane, rotation),
    rotated(heads.y, lane, rotation),
    rotated(heads.z, lane, rotation),
    rotated(heads.w, lane, rotation),
  );
  let key_head = params.num_attention_heads + quad.kv_head;
  own_key[lane] = as_cached(rotated(key_head, lane, rotation));
  own_value[lane] = as_cached(qkv[(key_head + kv_heads) * HEAD_DIM + lane]);
  workgroupBarrier();

  var begin = 0u;
  var end = position;
  if (workgroups.y > 1u) {
    begin = split * split_keys(position);
    end = min(end, begin + split_keys(position));
  }
  let has_own = split + 1u == workgroups.y;
  if (has_own && quad.number == 0u && lane < HEAD_DIM / 4u) {
    let vector = (position % params.capacity * kv_heads + quad.kv_head) * (HEAD_DIM / 4u) + lane;
    keys[vector] = pack_halves(own_key_vector(lane));
    values[vector] = pack_halves(own_value_vector(lane));
  }

  var so_far = nothing();
  if (split == 0u) {
    so_far = sink_alone(quad, lane);
  }
  if (has_own) {
    so_far = with_own(so_far, lane);
  }
  let attended = attend(quad, position, begin, end, so_far, lane);
  if (workgroups.y == 1u) {
    store(quad, token, attended, lane);
  } else {
    leave(quad, split, attended, lane);
  }
}

// The first group has the token's own key, too; the cache need not have it yet.
fn with_own(so_far: Gathering, lane: u32) -> Gathering {
  if (group_of(lane) > 0u) {
    return so_far;
  }
  var score = vec4f(0.0);
  for (var i = 0u; i < HEAD_DIM / 4u; i++) {
    score += score_part(i, own_key_vector(i));
  }
  let maximum = max(so_far.maximum, score);
  let weight = scaled_down(score, maximum);
  let value = own_value_vector(vector_of(lane));
  return Gathering(
    maximum,
    so_far.total * scaled_down(so_far.maximum, maximum) + weight,
    mat4x4f(weight * value.x, weight * value.y, weight * value.z, weight * value.w),
  );
}

fn leave(quad: Quad, split: u32, attended: Attended, lane: u32) {
  let group = params.num_attention_heads / params.num_key_value_heads;
  for (var h = 0u; h < 4u; h++) {
    if (quad.in_group[h] < group) {
      let start = (split * params.num_attention_heads + quad.heads[h]) * (HEAD_DIM + 2u);
      partials[start + lane] = attended.sum[h];
      if (lane == 0u) {
        partials[start + HEAD_DIM] = attended.maximum[h];
        partials[start + HEAD_DIM + 1u] = attended.total[h];
      }
    }
  }
}

// Element `i` of a head after rotation.
fn rotated(head: u32, i: u32, rotation: vec2f) -> f32 {
  let start = head * HEAD_DIM;
  let pair = i % (HEAD_DIM / 2u);
  let a = qkv[start + pair];
  let b = qkv[start + pair + HEAD_DIM / 2u];
  return select(b * rotation.x + a * rotation.y, a * rotation.x - b * rotation.y, i == pair);
}

fn as_cached(value: f32) -> f32 {
  return f16_pair(half_bits(value)).x;
}

fn own_key_vector(i: u32) -> vec4f {
  return vec4f(own_key[4u * i], own_key[4u * i + 1u], own_key[4u * i + 2u], own_key[4u * i + 3u]);
}

fn own_value_vector(i: u32) -> vec4f {
  return vec4f(own_value[4u * i], own_value[4u * i + 1u], own_value[4u * i + 2u], own_value[4u * i + 3u]);
}

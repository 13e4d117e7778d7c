// Rotary position embedding of queries and keys, and the write of keys and values to the cache.
//
//   (a, b) = (head[i], head[i + half])   ->   (a cos - b sin, b cos + a sin)
//
// Queries are rotated in place; keys and values of position p go to the cache at p % capacity. One lane per two
// pairs, (i, i + half) and (i + 1, i + 1 + half), of one head of one token, which are two words of the cache; a row holds
// query heads, key heads, value heads.

struct Params {
  half_head_dim: u32,
  num_attention_heads: u32,
  num_key_value_heads: u32,
  capacity: u32,  // positions that the cache holds
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> rotations: array<vec2f>;    // f32 [positions, head_dim / 2] of (cos, sin)
@group(0) @binding(3) var<storage, read_write> qkv: array<f32>;      // f32 [tokens, (H + 2 KV) head_dim]
@group(0) @binding(4) var<storage, read_write> keys: array<u32>;     // f16 [capacity, KV, head_dim], two per word
@group(0) @binding(5) var<storage, read_write> values: array<u32>;   // f16 [capacity, KV, head_dim], two per word

@compute @workgroup_size(64)
fn rope(@builtin(global_invocation_id) id: vec3u) {
  let half_dim = params.half_head_dim;  // a multiple of 2
  let head = 2u * id.x / half_dim;
  let i = 2u * id.x % half_dim;
  let kv_heads = params.num_key_value_heads;
  let heads = params.num_attention_heads + 2u * kv_heads;
  if (head >= heads) {
    return;
  }

  let position = step_position() + id.y;
  let source = (id.y * heads + head) * 2u * half_dim + i;
  let a = vec2f(qkv[source], qkv[source + 1u]);
  let b = vec2f(qkv[source + half_dim], qkv[source + half_dim + 1u]);
  let first = rotations[position * half_dim + i];
  let second = rotations[position * half_dim + i + 1u];
  let cosines = vec2f(first.x, second.x);
  let sines = vec2f(first.y, second.y);
  let rotated_a = a * cosines - b * sines;
  let rotated_b = b * cosines + a * sines;

  if (head < params.num_attention_heads) {
    qkv[source] = rotated_a.x;
    qkv[source + 1u] = rotated_a.y;
    qkv[source + half_dim] = rotated_b.x;
    qkv[source + half_dim + 1u] = rotated_b.y;
    return;
  }
  let kv_head = head - params.num_attention_heads;
  let word = (position % params.capacity * kv_heads + kv_head % kv_heads) * half_dim + i / 2u;
  if (kv_head < kv_heads) {
    keys[word] = pack_half_pair(rotated_a);
    keys[word + half_dim / 2u] = pack_half_pair(rotated_b);
  } else {
    values[word] = pack_half_pair(a);
    values[word + half_dim / 2u] = pack_half_pair(b);
  }
}

// Rotary position embedding of queries and keys, and the write of keys and values to the cache.
//
//   (a, b) = (head[i], head[i + half])   ->   (a cos - b sin, b cos + a sin)
//
// Queries are rotated in place; keys and values of position p go to the cache at p % capacity. One
// lane per pair (i, i + half) of one head of one token; a row holds query heads, key heads, value heads.

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
@group(0) @binding(4) var<storage, read_write> keys: array<half>;    // half [capacity, KV, head_dim]
@group(0) @binding(5) var<storage, read_write> values: array<half>;  // half [capacity, KV, head_dim]

@compute @workgroup_size(64)
fn rope(@builtin(global_invocation_id) id: vec3u) {
  let half_dim = params.half_head_dim;
  let head = id.x / half_dim;
  let i = id.x % half_dim;
  let kv_heads = params.num_key_value_heads;
  let heads = params.num_attention_heads + 2u * kv_heads;
  if (head >= heads) {
    return;
  }

  let position = step.position + id.y;
  let source = (id.y * heads + head) * 2u * half_dim + i;
  let a = qkv[source];
  let b = qkv[source + half_dim];
  let rotation = rotations[position * half_dim + i];
  let rotated = vec2f(a * rotation.x - b * rotation.y, b * rotation.x + a * rotation.y);

  if (head < params.num_attention_heads) {
    qkv[source] = rotated.x;
    qkv[source + half_dim] = rotated.y;
    return;
  }
  let kv_head = head - params.num_attention_heads;
  let cached = (position % params.capacity * kv_heads + kv_head % kv_heads) * 2u * half_dim + i;
  if (kv_head < kv_heads) {
    keys[cached] = half(rotated.x);
    keys[cached + half_dim] = half(rotated.y);
  } else {
    values[cached] = half(a);
    values[cached + half_dim] = half(b);
  }
}

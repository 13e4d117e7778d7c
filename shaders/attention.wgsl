// Grouped-query attention with sinks and an optional sliding window, for many tokens: the queries are
// rotated, and the keys and values of all tokens are in the cache. See shared/attend.wgsl.

@group(0) @binding(3) var<storage, read> keys: array<vec2u>;   // f16 [capacity, KV, head_dim], four per vec2
@group(0) @binding(4) var<storage, read> values: array<vec2u>; // f16 [capacity, KV, head_dim], four per vec2

@compute @workgroup_size(HEAD_DIM)
fn attention(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let quad = quad_of(workgroup.x);
  let token = workgroup.y;
  let q = first_element(token) + quad.heads * HEAD_DIM + lane;
  queries[lane] = vec4f(qkv[q.x], qkv[q.y], qkv[q.z], qkv[q.w]) * params.scale;
  let position = step_position() + token;
  store(quad, token, attend(quad, position, 0u, position + 1u, sink_alone(quad, lane), lane), lane);
}

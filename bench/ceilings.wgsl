// What the device can do at best: reading memory, and multiplying and adding.

@group(0) @binding(0) var<storage, read> x: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4u>;

const LANES = 256u;
const READS = 32u;
const ROUNDS = 128u;

// Each workgroup reads READS runs of 4 KiB, and a lane keeps a digest of its share.
@compute @workgroup_size(LANES)
fn read_memory(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  var digest = vec4u(0u);
  for (var i = 0u; i < READS; i++) {
    digest ^= x[(workgroup.x * READS + i) * LANES + lane];
  }
  y[workgroup.x * LANES + lane] = digest;
}

// Eight independent chains of fused multiply-adds, 64 operations a round.
@compute @workgroup_size(LANES)
fn multiply_add(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup.x * LANES + lane;
  let factor = vec4f(0.999);
  let term = vec4f(f32(i) * 1e-9);
  var a = vec4f(1.0);
  var b = vec4f(2.0);
  var c = vec4f(3.0);
  var d = vec4f(4.0);
  var e = vec4f(5.0);
  var f = vec4f(6.0);
  var g = vec4f(7.0);
  var h = vec4f(8.0);
  for (var round = 0u; round < ROUNDS; round++) {
    a = fma(a, factor, term);
    b = fma(b, factor, term);
    c = fma(c, factor, term);
    d = fma(d, factor, term);
    e = fma(e, factor, term);
    f = fma(f, factor, term);
    g = fma(g, factor, term);
    h = fma(h, factor, term);
  }
  y[i] = bitcast<vec4u>(a + b + c + d + e + f + g + h);
}

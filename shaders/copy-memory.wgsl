// y = x: what moving memory costs, and nothing else. A yardstick for the other kernels.
//
// One vector of 16 bytes a lane.

@group(0) @binding(0) var<storage, read> x: array<vec4u>;        // u32 [vectors, 4]
@group(0) @binding(1) var<storage, read_write> y: array<vec4u>;  // u32 [vectors, 4]

const LANES = 256u;

@compute @workgroup_size(LANES)
fn copy_memory(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = workgroup.x * LANES + lane;
  y[i] = x[i];
}

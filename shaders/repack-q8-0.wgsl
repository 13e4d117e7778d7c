// Q8_0 blocks of a GGUF file, taken apart: quants and scales in arrays of their own, as
// shared/dense-q8-0.wgsl reads them.
//
// A block of the file is 34 bytes: an f16 scale, then 32 signed bytes. One lane per block. Quants
// are eight words and nobody else's; a scale shares its word with another, so it is added to the
// zeros there by an atomic.

struct Params {
  first_byte: u32,   // of `raw`, where the first block begins
  blocks: u32,       // in `raw`
  first_block: u32,  // the first one's number in the weight
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read_write> weight: array<vec4u>;        // i8  [rows, channels], sixteen per vec4
@group(0) @binding(3) var<storage, read_write> scales: array<atomic<u32>>;  // f16 [rows, channels / 32], two per word

@compute @workgroup_size(64)
fn repack_q8_0(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = 64u * (workgroup.y * workgroups.x + workgroup.x) + lane;
  if (i >= params.blocks) {
    return;
  }
  let block = params.first_block + i;
  let byte = params.first_byte + 34u * i;
  weight[2u * block] = raw_words(byte + 2u);
  weight[2u * block + 1u] = raw_words(byte + 18u);
  let scale = raw_byte(byte) | (raw_byte(byte + 1u) << 8u);
  atomicOr(&scales[block / 2u], scale << (16u * (block % 2u)));
}

// MXFP4 blocks of a GGUF file, brought into the order in which the expert kernels read them.
//
// A block of the file is 17 bytes: the scale, then 16 of which byte j holds element j in its low
// nibble and j + 16 in its high one. The kernels' block is shared/mxfp4.wgsl's, with scales apart.
// Row r of the file's tensor becomes row `row_stride` * r + `row_offset`, since gates and ups, two
// tensors there, are rows 2r and 2r + 1 of one here.
//
// One lane per block. Blocks are 16 bytes and nobody else's; a scale shares its word with three
// others, so it is added to the zeros there by an atomic.

struct Params {
  first_byte: u32,      // of `raw`, where the first block begins
  blocks: u32,          // in `raw`
  first_block: u32,     // the first one's number in the rows that this dispatch may fill
  blocks_per_row: u32,
  row_stride: u32,
  row_offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read_write> weight: array<vec4u>;        // mxfp4 [experts, rows, blocks], one block per vec4
@group(0) @binding(3) var<storage, read_write> scales: array<atomic<u32>>;  // u8    [experts, rows, blocks], four per word

@compute @workgroup_size(64)
fn repack_mxfp4(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = 64u * (workgroup.y * workgroups.x + workgroup.x) + lane;
  if (i >= params.blocks) {
    return;
  }
  let block = params.first_block + i;
  let row = params.row_stride * (block / params.blocks_per_row) + params.row_offset;
  let place = row * params.blocks_per_row + block % params.blocks_per_row;

  let byte = params.first_byte + 17u * i;
  let codes = raw_words(byte + 1u);
  let low = low_nibbles(codes);                // elements 0..3, 4..7, 8..11, 12..15
  let high = low_nibbles(codes >> vec4u(4u));  // 16 more each
  weight[place] = vec4u(low.xz, high.xz) | (vec4u(low.yw, high.yw) << vec4u(16u));
  atomicOr(&scales[place / 4u], raw_byte(byte) << (8u * (place % 4u)));
}

// Moves the low nibbles of each word's bytes together, in the order they have.
fn low_nibbles(words: vec4u) -> vec4u {
  let nibbles = words & vec4u(0x0F0F0F0Fu);
  let bytes = (nibbles | (nibbles >> vec4u(4u))) & vec4u(0x00FF00FFu);
  return (bytes | (bytes >> vec4u(8u))) & vec4u(0xFFFFu);
}

// Product of one tile of (token, choice) pairs with 32 rows of their expert's MXFP4 weight; see
// tile.wgsl for the tile and expert-sort.wgsl for the lists. Each kernel that includes this says
// which row of x a pair reads: `source_row(pair)`.
//
// The experts may be cut into segments, each with its own dispatch.

struct Params {
  blocks: u32,        // MXFP4 blocks in a row of the weight
  rows: u32,          // of an expert
  first_expert: u32,  // of this segment
  experts: u32,       // in this segment
  top_k: u32,
}

struct Tile {
  expert: u32,
  first: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tiles: array<Tile>;    // u32   [tiles, 3]
@group(0) @binding(2) var<storage, read> order: array<u32>;     // u32   [tokens * top_k]
@group(0) @binding(3) var<storage, read> x: array<vec4f>;       // f32   [rows of x, channels]
@group(0) @binding(4) var<storage, read> weight: array<vec4u>;  // mxfp4 [experts, rows, blocks], one block per vec4
@group(0) @binding(5) var<storage, read> scales: array<u32>;    // u8    [experts, rows, blocks], four per word
@group(0) @binding(6) var<storage, read> biases: array<f32>;    // f32   [experts, rows]
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

// `expert` counts within the segment.
fn multiply_expert(tile: Tile, expert: u32, first_row: u32, lane: u32) -> TileSums {
  var sums: TileSums;
  let busy = tile_token(lane) < tile.count;
  for (var block = 0u; block < params.blocks; block++) {
    workgroupBarrier();
    for (var i = lane; i < TILE_TOKENS * VEC4_PER_ROW; i += TILE_LANES) {
      tile_x[i] = load_x(tile, i / VEC4_PER_ROW, block * VEC4_PER_ROW + i % VEC4_PER_ROW);
    }
    // A block of each of 32 rows, half a block per lane.
    load_weight(expert, first_row + lane / 2u, block, lane);
    workgroupBarrier();
    if (busy) {
      multiply_tiles(&sums, lane);
    }
  }
  return sums;
}

fn load_x(tile: Tile, pair: u32, vector: u32) -> vec4f {
  if (pair >= tile.count) {
    return vec4f(0.0);
  }
  return x[source_row(order[tile.first + pair]) * params.blocks * VEC4_PER_ROW + vector];
}

fn load_weight(expert: u32, row: u32, block: u32, lane: u32) {
  let i = (expert * params.rows + min(row, params.rows - 1u)) * params.blocks + block;
  let scale = mxfp4_scale((scales[i / 4u] >> (8u * (i % 4u))) & 0xFFu);
  let block_words = weight[i];
  let words = select(block_words.xy, block_words.zw, lane % 2u == 1u);
  let target_vector = 4u * lane;  // row lane / 2, and its first or second half
  let begin = fp4_word(words.x);
  let end = fp4_word(words.y);
  tile_w[target_vector] = FP4_UNIT * begin.first * scale;
  tile_w[target_vector + 1u] = FP4_UNIT * begin.last * scale;
  tile_w[target_vector + 2u] = FP4_UNIT * end.first * scale;
  tile_w[target_vector + 3u] = FP4_UNIT * end.last * scale;
}

fn bias_of(expert: u32, row: u32) -> f32 {
  return biases[expert * params.rows + row];
}

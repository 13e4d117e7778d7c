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
  let pair = tile_token(lane);
  // A lane whose pairs are past the end still helps to load, but has nothing to multiply.
  let busy = pair < tile.count;
  let starts = vec4u(
    first_vector(tile, pair),
    first_vector(tile, pair + 1u),
    first_vector(tile, pair + 2u),
    first_vector(tile, pair + 3u),
  );
  for (var block = 0u; block < params.blocks; block++) {
    workgroupBarrier();
    for (var i = lane; i < TILE_ROWS * VEC4_PER_ROW / 2u; i += TILE_LANES) {
      let run = load_weight(expert, first_row + i / 4u, 4u * block + i % 4u);
      tile_w[2u * i] = run.first;
      tile_w[2u * i + 1u] = run.last;
    }
    workgroupBarrier();
    if (busy) {
      multiply_tile(&sums, lane, starts + block * VEC4_PER_ROW, VEC4_PER_ROW - 1u);
    }
  }
  return sums;
}

// Where the row of x begins that a pair reads. Pairs past the end repeat the last one and are not stored.
fn first_vector(tile: Tile, pair: u32) -> u32 {
  return source_row(order[tile.first + min(pair, tile.count - 1u)]) * params.blocks * VEC4_PER_ROW;
}

// Eight channels of a row, its word number `word`.
fn load_weight(expert: u32, row: u32, word: u32) -> Fp4Word {
  let i = (expert * params.rows + min(row, params.rows - 1u)) * params.blocks + word / 4u;
  let scale = mxfp4_scale((scales[i / 4u] >> (8u * (i % 4u))) & 0xFFu);
  let codes = fp4_word(weight[i][word % 4u]);
  return Fp4Word(FP4_UNIT * codes.first * scale, FP4_UNIT * codes.last * scale);
}

fn bias_of(expert: u32, row: u32) -> f32 {
  return biases[expert * params.rows + row];
}

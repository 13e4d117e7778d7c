// Product of one tile of (token, choice) pairs with rows of their expert's MXFP4 weight; see
// tile.wgsl for the tile and expert-sort.wgsl for the lists. Each kernel that includes this says
// which row of x a pair reads, `source_row(pair)`, and what becomes of the products, `store`.
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
  first: u32,  // of its pairs in `order`
  count: u32,  // pairs, at most TILE_TOKENS
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tiles: array<Tile>;    // u32   [tiles, 3]
@group(0) @binding(2) var<storage, read> order: array<u32>;     // u32   [tokens * top_k]
@group(0) @binding(3) var<storage, read> x: array<vec4f>;       // f32   [rows of x, channels]
@group(0) @binding(4) var<storage, read> weight: array<vec4u>;  // mxfp4 [experts, rows, blocks], one block per vec4
@group(0) @binding(5) var<storage, read> scales: array<u32>;    // u8    [experts, rows, blocks], four per word
@group(0) @binding(6) var<storage, read> biases: array<f32>;    // f32   [experts, rows]
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

// A tile's tokens are its pairs.
struct Work {
  first_pair: u32,  // in `order`
  count: u32,
  expert: u32,      // within the segment
  first_row: u32,
}

// Surplus tiles, and those of other segments, have nothing to do.
fn multiply_expert(workgroup: vec2u, lane: u32) {
  let tile = tiles[workgroup.y];
  let expert = tile.expert - params.first_expert;  // wraps round below the segment
  if (tile.count == 0u || expert >= params.experts) {
    return;
  }
  multiply_tile(Work(tile.first, tile.count, expert, workgroup.x * TILE_ROWS), lane);
}

fn token_count(work: Work) -> u32 {
  return work.count;
}

fn pair_of(work: Work, token: u32) -> u32 {
  return order[work.first_pair + token];
}

fn first_vector(work: Work, token: u32) -> u32 {
  return source_row(pair_of(work, token)) * params.blocks * 8u;
}

// Every workgroup has rows; why it says so, see matmul.wgsl.
fn run_count(work: Work) -> u32 {
  return select(0u, 4u * params.blocks, work.first_row < params.rows);
}

// A word of a block.
fn load_weight(work: Work, tile_row: u32, run: u32) -> Run {
  let row = work.expert * params.rows + min(work.first_row + tile_row, params.rows - 1u);
  let block = row * params.blocks + run / 4u;
  let scale = block_scale(block);
  let codes = fp4_word(weight[block][run % 4u]);
  return Run(FP4_UNIT * codes.first * scale, FP4_UNIT * codes.last * scale);
}

fn with_bias(product: f32, work: Work, row: u32) -> f32 {
  return product + biases[work.expert * params.rows + row];
}

// Products of a tile of tokens with a tile of weight rows, over channels taken 32 at a time.
//
// A workgroup of 64 lanes computes 32 tokens x 32 weight rows: lane l the tokens 4(l / 8) + 0..3
// and the rows 4(l % 8) + 0..3. Both operands pass through workgroup memory as f32, so each value
// is fetched, and unpacked, once for 32 uses. A token's sum never depends on its place in the tile
// or on the other tokens there: it is added in channel order.

const TILE_TOKENS = 32u;
const TILE_ROWS = 32u;
const TILE_CHANNELS = 32u;
const TILE_LANES = 64u;
const VEC4_PER_ROW = 8u;  // TILE_CHANNELS / 4

var<workgroup> tile_x: array<vec4f, TILE_TOKENS * VEC4_PER_ROW>;
var<workgroup> tile_w: array<vec4f, TILE_ROWS * VEC4_PER_ROW>;

// One lane's sums: for each of its tokens, its four rows.
struct TileSums {
  token0: vec4f,
  token1: vec4f,
  token2: vec4f,
  token3: vec4f,
}

fn tile_token(lane: u32) -> u32 {
  return 4u * (lane / 8u);
}

fn tile_row(lane: u32) -> u32 {
  return 4u * (lane % 8u);
}

// Adds the product of what both tiles hold now.
fn multiply_tiles(sums: ptr<function, TileSums>, lane: u32) {
  let token = tile_token(lane) * VEC4_PER_ROW;
  let row = tile_row(lane) * VEC4_PER_ROW;
  for (var c = 0u; c < VEC4_PER_ROW; c++) {
    // A row vector times this matrix is its dot product with each of the four weight rows.
    let w = mat4x4f(
      tile_w[row + c],
      tile_w[row + VEC4_PER_ROW + c],
      tile_w[row + 2u * VEC4_PER_ROW + c],
      tile_w[row + 3u * VEC4_PER_ROW + c],
    );
    (*sums).token0 += tile_x[token + c] * w;
    (*sums).token1 += tile_x[token + VEC4_PER_ROW + c] * w;
    (*sums).token2 += tile_x[token + 2u * VEC4_PER_ROW + c] * w;
    (*sums).token3 += tile_x[token + 3u * VEC4_PER_ROW + c] * w;
  }
}

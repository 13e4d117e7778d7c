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

// One lane's sums: token i, rows 0..3 of its four each.
alias TileSums = array<vec4f, 4>;

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
    let w0 = tile_w[row + c];
    let w1 = tile_w[row + VEC4_PER_ROW + c];
    let w2 = tile_w[row + 2u * VEC4_PER_ROW + c];
    let w3 = tile_w[row + 3u * VEC4_PER_ROW + c];
    for (var t = 0u; t < 4u; t++) {
      let x = tile_x[token + t * VEC4_PER_ROW + c];
      (*sums)[t] += vec4f(dot(x, w0), dot(x, w1), dot(x, w2), dot(x, w3));
    }
  }
}

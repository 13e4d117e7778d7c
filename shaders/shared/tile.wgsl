// Products of a tile of tokens with a tile of weight rows, over channels taken 32 at a time.
//
// A workgroup of 64 lanes computes 32 tokens x 32 weight rows: lane l the tokens 4(l / 8) + 0..3
// and the rows 4(l % 8) + 0..3. The weights pass through workgroup memory as f32, so each is fetched, and
// unpacked, once for 32 uses. The tokens' values are fetched where they lie: eight lanes at a time
// ask for the same ones. A token's sum never depends on its place in the tile or on the other
// tokens there: it is added in channel order.
//
// Compilers may clear workgroup memory word by word: SwiftShader's takes 0.4 ms for each word.

const TILE_TOKENS = 32u;
const TILE_ROWS = 32u;
const TILE_CHANNELS = 32u;
const TILE_LANES = 64u;
const VEC4_PER_ROW = 8u;  // TILE_CHANNELS / 4

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

// Adds the product of what the tile holds now with the lane's tokens, whose values of the tile's channels begin
// at x[starts]. Past vector number `last` a row of x has ended, and the tile holds zeros.
fn multiply_tile(sums: ptr<function, TileSums>, lane: u32, starts: vec4u, last: u32) {
  let row = tile_row(lane) * VEC4_PER_ROW;
  for (var c = 0u; c < VEC4_PER_ROW; c++) {
    // A row vector times this matrix is its dot product with each of the four weight rows.
    let w = mat4x4f(
      tile_w[row + c],
      tile_w[row + VEC4_PER_ROW + c],
      tile_w[row + 2u * VEC4_PER_ROW + c],
      tile_w[row + 3u * VEC4_PER_ROW + c],
    );
    let source = starts + min(c, last);
    (*sums).token0 += x[source.x] * w;
    (*sums).token1 += x[source.y] * w;
    (*sums).token2 += x[source.z] * w;
    (*sums).token3 += x[source.w] * w;
  }
}

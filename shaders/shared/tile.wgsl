// Products of a tile of tokens with a tile of weight rows, over channels taken 32 at a time.
// tile-subgroups.wgsl defines the same names by other means.
//
// A kernel that includes one of the two says what it multiplies:
//
//   struct Work                      the tile that a workgroup computes
//   token_count(work)                tokens of it that exist, at least 1
//   first_vector(work, token)        where the row of x begins that its token reads
//   run_count(work)                  runs of eight channels in a row
//   load_weight(work, row, run)      eight channels of one of its rows; past the last row, of any
//   store(work, token, row, sums)    takes the products of one of its tokens with four of its rows
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
const TILE_LANES = 64u;
const TILE_RUNS = 4u;     // runs of eight channels that are staged at once
const VEC4_PER_ROW = 8u;  // of a staged row: 2 TILE_RUNS

var<workgroup> tile_w: array<vec4f, TILE_ROWS * VEC4_PER_ROW>;

// One lane's sums: for each of its tokens, its four rows.
struct TileSums {
  token0: vec4f,
  token1: vec4f,
  token2: vec4f,
  token3: vec4f,
}

fn multiply_tile(work: Work, lane: u32) {
  let token = 4u * (lane / 8u);
  let row = 4u * (lane % 8u);
  // A lane whose tokens are past the end still helps to load, but has nothing to multiply.
  let count = token_count(work);
  let busy = token < count;
  // Tokens past the end repeat the last one and are not stored.
  let starts = vec4u(
    first_vector(work, min(token, count - 1u)),
    first_vector(work, min(token + 1u, count - 1u)),
    first_vector(work, min(token + 2u, count - 1u)),
    first_vector(work, min(token + 3u, count - 1u)),
  );

  var sums = TileSums();
  let runs = run_count(work);
  for (var run = 0u; run < runs; run += TILE_RUNS) {
    workgroupBarrier();
    for (var i = lane; i < TILE_ROWS * TILE_RUNS; i += TILE_LANES) {
      var channels = Run();  // past the row's end
      if (run + i % TILE_RUNS < runs) {
        channels = load_weight(work, i / TILE_RUNS, run + i % TILE_RUNS);
      }
      tile_w[2u * i] = channels.first;
      tile_w[2u * i + 1u] = channels.last;
    }
    workgroupBarrier();
    if (busy) {
      add_staged(&sums, row * VEC4_PER_ROW, starts + 2u * run, 2u * (runs - run) - 1u);
    }
  }

  store_row(work, token, count, row, sums.token0);
  store_row(work, token + 1u, count, row, sums.token1);
  store_row(work, token + 2u, count, row, sums.token2);
  store_row(work, token + 3u, count, row, sums.token3);
}

fn store_row(work: Work, token: u32, count: u32, row: u32, sums: vec4f) {
  if (token < count) {
    store(work, token, row, sums);
  }
}

// Adds the product of what is staged now, from vector `row` on, with the lane's tokens, whose values of
// the same channels begin at x[starts]. Past vector number `last` a row of x has ended, and zeros are staged.
fn add_staged(sums: ptr<function, TileSums>, row: u32, starts: vec4u, last: u32) {
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

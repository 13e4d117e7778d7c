// Products of a tile of tokens with a tile of weight rows, without workgroup memory or barriers.
// tile.wgsl defines the same names, and says what a kernel that includes one of the two defines.
//
// A lane computes four rows for all eight tokens of the tile. It unpacks its rows' weights for itself,
// so each is fetched once for eight uses; of the tokens' values each lane of an octet, eight consecutive
// lanes, fetches an eighth, and they take them from one another. For devices whose subgroups are made
// of whole octets. Sums are added in channel order, whatever else is in the tile.

override TILE_LANES: u32 = 8;
const TILE_TOKENS = 8u;
override TILE_ROWS: u32 = 4 * TILE_LANES;

// One lane's sums: for each token its four rows.
struct TileSums {
  token0: vec4f,
  token1: vec4f,
  token2: vec4f,
  token3: vec4f,
  token4: vec4f,
  token5: vec4f,
  token6: vec4f,
  token7: vec4f,
}

fn multiply_tile(work: Work, lane: u32) {
  let row = 4u * lane;
  let count = token_count(work);
  // Where the lane's octet begins in its subgroup: all lanes are here, so as many are before it as add up.
  let octet = subgroupExclusiveAdd(1u) & ~7u;
  // Lane l of an octet fetches vector l % 2 of each run for the tokens l / 2 and 4 + l / 2. Tokens past
  // the end repeat the last one and are not stored.
  let token = (lane % 8u) / 2u;
  let start0 = first_vector(work, min(token, count - 1u)) + lane % 2u;
  let start1 = first_vector(work, min(token + 4u, count - 1u)) + lane % 2u;

  var sums = TileSums();
  let runs = run_count(work);
  for (var run = 0u; run < runs; run++) {
    let a = load_weight(work, row, run);
    let b = load_weight(work, row + 1u, run);
    let c = load_weight(work, row + 2u, run);
    let d = load_weight(work, row + 3u, run);
    // A row vector times these matrices is its dot product with each of the four weight rows.
    let first = mat4x4f(a.first, b.first, c.first, d.first);
    let last = mat4x4f(a.last, b.last, c.last, d.last);
    let x0 = x[start0 + 2u * run];
    let x1 = x[start1 + 2u * run];
    sums.token0 += subgroupShuffle(x0, octet) * first + subgroupShuffle(x0, octet + 1u) * last;
    sums.token1 += subgroupShuffle(x0, octet + 2u) * first + subgroupShuffle(x0, octet + 3u) * last;
    sums.token2 += subgroupShuffle(x0, octet + 4u) * first + subgroupShuffle(x0, octet + 5u) * last;
    sums.token3 += subgroupShuffle(x0, octet + 6u) * first + subgroupShuffle(x0, octet + 7u) * last;
    sums.token4 += subgroupShuffle(x1, octet) * first + subgroupShuffle(x1, octet + 1u) * last;
    sums.token5 += subgroupShuffle(x1, octet + 2u) * first + subgroupShuffle(x1, octet + 3u) * last;
    sums.token6 += subgroupShuffle(x1, octet + 4u) * first + subgroupShuffle(x1, octet + 5u) * last;
    sums.token7 += subgroupShuffle(x1, octet + 6u) * first + subgroupShuffle(x1, octet + 7u) * last;
  }

  // Indexed by a variable only here: above, each sum is to have a register.
  var products = array<vec4f, TILE_TOKENS>(
    sums.token0, sums.token1, sums.token2, sums.token3,
    sums.token4, sums.token5, sums.token6, sums.token7,
  );
  for (var t = 0u; t < min(TILE_TOKENS, count); t++) {
    store(work, t, row, products[t]);
  }
}

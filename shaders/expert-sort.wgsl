// Sorts the (token, choice) pairs of many tokens by expert, and cuts each expert's list into tiles.
//
// Pair i = token * top_k + choice. `order` gets the pairs of expert 0, then of expert 1, …, each
// expert's in ascending order; `tiles` one entry per TILE_PAIRS pairs of an expert. Tiles past the last get
// a count of 0: their workgroups leave at once, so the host needs no read-back to size a grid.
//
// One workgroup; a lane counts, and later lists, the pairs of one expert at a time.

struct Params {
  top_k: u32,
  max_tiles: u32,
}

struct Tile {
  expert: u32,
  first: u32,  // of its pairs in `order`
  count: u32,  // pairs, at most TILE_PAIRS
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> step: Step;
@group(0) @binding(2) var<storage, read> expert_ids: array<u32>;    // u32 [tokens, top_k]
@group(0) @binding(3) var<storage, read_write> order: array<u32>;   // u32 [tokens * top_k]
@group(0) @binding(4) var<storage, read_write> tiles: array<Tile>;  // u32 [max_tiles, 3]

override EXPERTS: u32 = 128;
override TILE_PAIRS: u32 = 32;
const LANES = 64u;

var<workgroup> pair_count: array<u32, EXPERTS>;
var<workgroup> first_pair: array<u32, EXPERTS>;
var<workgroup> first_tile: array<u32, EXPERTS>;
var<workgroup> tile_count: u32;

@compute @workgroup_size(LANES)
fn expert_sort(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  // Never idle; that it asks keeps the loops' ends from being a matter of uniforms alone, which some
  // drivers would compile the kernel for anew (tools/llvmpipe).
  let pairs = select(step_rows() * params.top_k, 0u, workgroup.x < step.idle_workgroups);
  for (var expert = lane; expert < EXPERTS; expert += LANES) {
    var count = 0u;
    for (var i = 0u; i < pairs; i++) {
      count += select(0u, 1u, expert_ids[i] == expert);
    }
    pair_count[expert] = count;
  }
  workgroupBarrier();

  if (lane == 0u) {
    var pair = 0u;
    var tile = 0u;
    for (var expert = 0u; expert < EXPERTS; expert++) {
      first_pair[expert] = pair;
      first_tile[expert] = tile;
      pair += pair_count[expert];
      tile += (pair_count[expert] + TILE_PAIRS - 1u) / TILE_PAIRS;
    }
    tile_count = tile;
  }
  workgroupBarrier();

  for (var expert = lane; expert < EXPERTS; expert += LANES) {
    let first = first_pair[expert];
    let count = pair_count[expert];
    var next = first;
    for (var i = 0u; i < pairs; i++) {
      if (expert_ids[i] == expert) {
        order[next] = i;
        next++;
      }
    }
    for (var done = 0u; done < count; done += TILE_PAIRS) {
      tiles[first_tile[expert] + done / TILE_PAIRS] =
        Tile(expert, first + done, min(TILE_PAIRS, count - done));
    }
  }
  for (var tile = tile_count + lane; tile < params.max_tiles; tile += LANES) {
    tiles[tile] = Tile(0u, 0u, 0u);
  }
}

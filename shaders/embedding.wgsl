// Embedding: the row of the table that belongs to each token.
//
//   x[t, c] = table[token[t], c]
//
// The table may be cut into segments of rows, each with its own dispatch, which writes only the
// tokens it holds. One workgroup per token and 64 pairs of channels.

struct Params {
  pairs: u32,      // half the channels of a row
  first_row: u32,  // of this segment
  rows: u32,       // in this segment
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tokens: array<u32>;     // u32  [tokens]
@group(0) @binding(2) var<storage, read> table: array<u32>;      // bf16 [rows, channels], two per word
@group(0) @binding(3) var<storage, read_write> x: array<vec2f>;  // f32  [tokens, channels]

@compute @workgroup_size(64)
fn embedding(@builtin(global_invocation_id) id: vec3u) {
  let pair = id.x;
  let token = id.y;
  let row = tokens[token] - params.first_row;  // wraps round, and fails the test, below first_row
  if (pair >= params.pairs || row >= params.rows) {
    return;
  }
  let word = table[row * params.pairs + pair];
  x[token * params.pairs + pair] = vec2f(bf16_low(word), bf16_high(word));
}

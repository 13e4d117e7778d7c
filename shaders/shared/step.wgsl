// What one submission works on: token rows 0..rows-1, at positions position..position+rows-1.
struct Step {
  position: u32,
  rows: u32,
  head_row: u32,  // the row whose logits are computed
  done: u32,      // 1 once a stop token is sampled: what is submitted already leaves everything as it is
}

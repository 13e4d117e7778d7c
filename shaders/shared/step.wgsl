// What one submission works on: token rows 0..rows-1, at positions position..position+rows-1.
struct Step {
  position: u32,
  rows: u32,
  head_row: u32,         // the row whose logits are computed
  idle_workgroups: u32,  // so many have nothing to do: none, or after a stop token all, which leaves everything as it is
}

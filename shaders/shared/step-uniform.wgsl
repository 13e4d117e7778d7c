// What one submission works on: token rows 0..rows-1, at positions position..position+rows-1. The host writes it
// to the buffer of `step` before each submission. step-immediates.wgsl is the other way.
struct Step {
  position: u32,
  rows: u32,
  head_row: u32,         // the row whose logits are computed
  idle_workgroups: u32,  // so many have nothing to do: none, or after a stop token all, which leaves everything as it is
}

fn step_position() -> u32 {
  return step.position;
}

fn step_rows() -> u32 {
  return step.rows;
}

fn step_head_row() -> u32 {
  return step.head_row;
}

// What one submission works on: token rows 0..rows-1, at positions position..position+rows-1. It comes with the
// commands themselves, and nothing is written to a buffer between two tokens. step-uniform.wgsl is the other way.
struct Immediates {
  position: u32,
  rows: u32,
  head_row: u32,  // the row whose logits are computed
}

var<immediate> immediates: Immediates;

// What the GPU itself decides; the words before it are for the other way.
struct Step {
  unused: vec3u,
  idle_workgroups: u32,  // so many have nothing to do: none, or after a stop token all, which leaves everything as it is
}

fn step_position() -> u32 {
  return immediates.position;
}

fn step_rows() -> u32 {
  return immediates.rows;
}

fn step_head_row() -> u32 {
  return immediates.head_row;
}

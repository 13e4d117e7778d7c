// Each workgroup takes its own row of x. head-row.wgsl is the other choice.
fn source_row(workgroup: u32) -> u32 {
  return workgroup;
}

// The one workgroup takes the row whose logits are wanted. every-row.wgsl is the other choice.
@group(0) @binding(7) var<uniform> step: Step;

fn source_row(workgroup: u32) -> u32 {
  return step.head_row;
}

// For products whose rows are no logits. keep-best.wgsl is the other choice.
fn keep_best(workgroup: u32, row: u32, sums: Sums, lane: u32) {}

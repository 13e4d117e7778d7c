// For products that alone need the normed row. keep-normed.wgsl is the other choice.
fn keep_normed(vector: u32, source: u32, scale: f32) {}

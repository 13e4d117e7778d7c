// Keeps the normed row for kernels that follow. drop-normed.wgsl is the other choice.
@group(0) @binding(8) var<storage, read_write> normed: array<vec4f>;  // f32 [1, channels]

fn keep_normed(vector: u32, source: u32, scale: f32) {
  normed[vector] = x[source + vector] * scale * norm[vector];
}

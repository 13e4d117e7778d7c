// What the host tells every attention kernel.

struct Params {
  num_attention_heads: u32,
  num_key_value_heads: u32,
  window: u32,    // keys a query sees, itself included; the largest u32 for all
  capacity: u32,  // positions that the cache holds
  scale: f32,     // 1 / sqrt(head_dim)
}

@group(0) @binding(0) var<uniform> params: Params;

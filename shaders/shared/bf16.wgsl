// BF16: the upper half of an f32. Two lie in a u32 word, the first in its low half.

fn bf16_low(word: u32) -> f32 {
  return bitcast<f32>(word << 16u);
}

fn bf16_high(word: u32) -> f32 {
  return bitcast<f32>(word & 0xFFFF0000u);
}

// Element `i` of the pair in `word`.
fn bf16_of(word: u32, i: u32) -> f32 {
  return select(bf16_low(word), bf16_high(word), i == 1u);
}

// Elements 0..3 and 4..7 of eight BF16 values in four words.
fn bf16_first4(words: vec4u) -> vec4f {
  return vec4f(bf16_low(words.x), bf16_high(words.x), bf16_low(words.y), bf16_high(words.y));
}

fn bf16_last4(words: vec4u) -> vec4f {
  return vec4f(bf16_low(words.z), bf16_high(words.z), bf16_low(words.w), bf16_high(words.w));
}

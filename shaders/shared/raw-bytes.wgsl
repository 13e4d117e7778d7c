// Bytes of a file as they came, where nothing lies on a word's boundary.
@group(0) @binding(1) var<storage, read> raw: array<u32>;  // u8 [bytes], four per word

fn raw_byte(i: u32) -> u32 {
  return (raw[i / 4u] >> (8u * (i % 4u))) & 0xFFu;
}

// The sixteen bytes from number `i` on. Where `i` is on a boundary nothing of the fifth word counts:
// it is shifted out in two steps, because a word cannot be shifted by 32.
fn raw_words(i: u32) -> vec4u {
  let word = i / 4u;
  let shift = 8u * (i % 4u);
  let words = vec4u(raw[word], raw[word + 1u], raw[word + 2u], raw[word + 3u]);
  let next = vec4u(words.yzw, raw[word + 4u]);
  return (words >> vec4u(shift)) | ((next << vec4u(1u)) << vec4u(31u - shift));
}

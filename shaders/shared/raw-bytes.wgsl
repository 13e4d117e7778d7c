// Bytes of a file as they came, where nothing lies on a word's boundary.
@group(0) @binding(1) var<storage, read> raw: array<u32>;  // u8 [bytes], four per word

// The four bytes from number `i` on. What follows them in the word after is shifted out; all of it
// where `i` is on a boundary, which takes two steps, because a word cannot be shifted by 32.
fn raw_word(i: u32) -> u32 {
  let shift = 8u * (i % 4u);
  return (raw[i / 4u] >> shift) | ((raw[i / 4u + 1u] << 1u) << (31u - shift));
}

// How the keys of one token's attention are divided between workgroups: so many each, and
// `position / split_keys(position) + 1` parts. splits.ts says the same.

override SPLIT_KEYS: u32 = 256;  // a multiple of head_dim
override MOST_SPLITS: u32 = 64;

fn split_keys(position: u32) -> u32 {
  return SPLIT_KEYS * (position / (SPLIT_KEYS * MOST_SPLITS) + 1u);
}

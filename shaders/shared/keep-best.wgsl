// Keeps the best of the tokens whose logits a workgroup computes, so that sample.wgsl, one workgroup alone, has
// few to choose from. See shared/sampling.wgsl for what is best. drop-best.wgsl is the other choice.

@group(0) @binding(9) var<storage, read> sampling: Sampling;
@group(0) @binding(10) var<storage, read> seen: array<u32>;                     // u32 [vocabulary / 32], a bit per token
@group(0) @binding(11) var<storage, read_write> candidates: array<Candidate>;  // u32 [workgroups of all the head, 2]

// WGSL begins with zeros, so the lowest token is found as the largest complement.
var<workgroup> best_key: atomic<u32>;
var<workgroup> best_complement: atomic<u32>;

fn keep_best(workgroup: u32, row: u32, sums: Sums, lane: u32) {
  var best = NO_CANDIDATE;
  for (var r = lane % TEAM; r < ROWS; r += TEAM) {
    let token = params.first_row + row + r;
    if (row + r < params.rows && token < sampling.tokens) {
      best = better(best, Candidate(candidate_key(token, sums[r]), token));
    }
  }
  atomicMax(&best_key, best.key);
  workgroupBarrier();
  if (best.key == atomicLoad(&best_key)) {
    atomicMax(&best_complement, ~best.token);
  }
  workgroupBarrier();
  if (lane == 0u) {
    candidates[params.first_candidate + workgroup] =
      Candidate(atomicLoad(&best_key), ~atomicLoad(&best_complement));
  }
}

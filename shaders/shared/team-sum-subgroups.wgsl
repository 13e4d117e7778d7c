// Sums over teams: TEAM consecutive lanes of a workgroup, which divides into whole teams. See rows-4.wgsl for Sums.
// This variant is for teams wider than the narrowest subgroup. TEAM and the subgroup size are powers of
// two; subgroups are consecutive lanes. team-sum-in-subgroup.wgsl defines the same function for narrower
// teams, team-sum.wgsl without subgroups.

override WORKGROUP_SIZE: u32 = 128;
override TEAM: u32 = 32;
override SUBGROUP_MIN_SIZE: u32 = 4;  // of this adapter; a subgroup may be wider

var<workgroup> partial_sums: array<Sums, WORKGROUP_SIZE>;

// Adds `value` over the lanes of each team; every lane gets its team's sum.
fn team_sum(value: Sums, lane: u32) -> Sums {
  // Lanes that certainly share a subgroup exchange sums with ever farther partners.
  var sum = value;
  for (var distance = 1u; distance < SUBGROUP_MIN_SIZE; distance *= 2u) {
    sum += subgroupShuffleXor(sum, distance);
  }
  // What is farther away meets in workgroup memory.
  workgroupBarrier();  // lanes may still read the sums of a call before
  partial_sums[lane] = sum;
  workgroupBarrier();
  let first = lane - lane % TEAM;
  sum = partial_sums[first];
  for (var i = SUBGROUP_MIN_SIZE; i < TEAM; i += SUBGROUP_MIN_SIZE) {
    sum += partial_sums[first + i];
  }
  return sum;
}

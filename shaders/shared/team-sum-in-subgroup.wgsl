// Sums over teams: TEAM consecutive lanes of a workgroup, which divides into whole teams. See rows-4.wgsl for Sums.
// This variant is for teams that no subgroup is narrower than: nothing passes through workgroup memory, and
// no lane waits. team-sum-subgroups.wgsl defines the same function for wider teams.
// TEAM and the subgroup size are powers of two; subgroups are consecutive lanes.

override WORKGROUP_SIZE: u32 = 128;
override TEAM: u32 = 32;

// Adds `value` over the lanes of each team; every lane gets its team's sum.
fn team_sum(value: Sums, lane: u32) -> Sums {
  var sum = value;
  for (var distance = 1u; distance < TEAM; distance *= 2u) {
    sum += subgroupShuffleXor(sum, distance);
  }
  return sum;
}

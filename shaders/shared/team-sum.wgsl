// Sums over teams: TEAM consecutive lanes of a workgroup, which divides into whole teams. See rows-4.wgsl for Sums.
// This variant needs no subgroups. team-sum-subgroups.wgsl defines the same function with them.

override WORKGROUP_SIZE: u32 = 128;
override TEAM: u32 = 32;

var<workgroup> lane_sums: array<Sums, WORKGROUP_SIZE>;

// Adds `value` over the lanes of each team; every lane gets its team's sum, added in lane order.
fn team_sum(value: Sums, lane: u32) -> Sums {
  workgroupBarrier();  // lanes may still read the sums of a call before
  lane_sums[lane] = value;
  workgroupBarrier();
  let first = lane - lane % TEAM;
  var sum = lane_sums[first];
  for (var i = 1u; i < TEAM; i++) {
    sum += lane_sums[first + i];
  }
  return sum;
}

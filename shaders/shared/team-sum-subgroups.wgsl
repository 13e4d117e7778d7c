// Sums over teams: TEAM consecutive lanes of a workgroup, which divides into whole teams.
// TEAM and the subgroup size are powers of two, in any relation; subgroups are consecutive lanes.
// team-sum.wgsl defines the same function without subgroups.

override WORKGROUP_SIZE: u32 = 128;
override TEAM: u32 = 32;
override SUBGROUP_MIN_SIZE: u32 = 4;  // of this adapter; a subgroup may be wider

// Lanes that certainly share both a subgroup and a team.
override REACH = min(SUBGROUP_MIN_SIZE, TEAM);

var<workgroup> partial_sums: array<vec4f, WORKGROUP_SIZE>;

// Adds `value` over the lanes of each team; every lane gets its team's sum.
fn team_sum(value: vec4f, lane: u32) -> vec4f {
  // Lanes exchange sums with ever farther partners.
  var sum = value;
  for (var distance = 1u; distance < REACH; distance *= 2u) {
    sum += subgroupShuffleXor(sum, distance);
  }
  if (REACH == TEAM) {
    return sum;
  }
  // What is farther away meets in workgroup memory.
  workgroupBarrier();  // lanes may still read the sums of a call before
  partial_sums[lane] = sum;
  workgroupBarrier();
  let first = lane - lane % TEAM;
  sum = partial_sums[first];
  for (var i = REACH; i < TEAM; i += REACH) {
    sum += partial_sums[first + i];
  }
  return sum;
}

// Four rows of a matrix for each team; rows-2.wgsl defines the same names for two. What a team loads of a vector
// serves all its rows.

override ROWS: u32 = 4;

alias Rows = vec4u;  // a number for each row
alias Sums = vec4f;  // a sum for each row

// The rows from `first` on. Past the end it is the last again, so that whoever stores must look.
fn team_rows(first: u32, last: u32) -> Rows {
  return min(first + vec4u(0u, 1u, 2u, 3u), vec4u(last));
}

// Two rows of a matrix for each team; rows-4.wgsl defines the same names for four. More teams share the work,
// which a small matrix needs to fill a large GPU.

override ROWS: u32 = 2;

alias Rows = vec2u;  // a number for each row
alias Sums = vec2f;  // a sum for each row

// The rows from `first` on. Past the end it is the last again, so that whoever stores must look.
fn team_rows(first: u32, last: u32) -> Rows {
  return min(first + vec2u(0u, 1u), vec2u(last));
}

// Dot products of a team's two rows, runs number `runs` of the weight, with the same eight channels of a vector.
// dense-rows-4.wgsl defines the same for four.
fn dot_runs(runs: Rows, x0: vec4f, x1: vec4f) -> Sums {
  return vec2f(dot_run(runs.x, x0, x1), dot_run(runs.y, x0, x1));
}

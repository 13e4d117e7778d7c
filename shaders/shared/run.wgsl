// Eight consecutive channels of a row of a weight.
struct Run {
  first: vec4f,
  last: vec4f,
}

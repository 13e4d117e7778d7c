/** WGSL sources are imported as text; Vite serves them with `?raw`. */
declare module '*.wgsl?raw' {
  const source: string
  export default source
}

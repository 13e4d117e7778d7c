/** One engine with a model loaded, whatever it is. */
export interface Contestant {
  /** Its version, and what it says of itself. */
  about: Record<string, string | number | boolean>
  /**
   * Milliseconds from a prompt of so many tokens, all of them computed, to its first token.
   * @param seed another one for each request, of `decode` too: prompts of one seed may begin alike
   */
  prefill(promptTokens: number, seed: number): Promise<number>
  /** Milliseconds of so many tokens, each decoded after the one before, past the first. */
  decode(tokens: number, seed: number): Promise<number>
}

/** Where a model's files are, and what an engine must know beforehand. */
export interface ModelFiles {
  /** Folder in the Hugging Face layout: MXFP4 and BF16, as OpenAI publishes them. */
  safetensors: string
  /** The same weights in a GGUF file, MXFP4 and Q8_0. */
  gguf: string
  /** Folder with model.onnx and model.onnx.data. */
  onnx: string
  float: 'f16' | 'f32'
  layers: number
  kvHeads: number
  headDim: number
  vocabSize: number
  /** Tokens that wllama gives its GPU at a time. */
  microBatch: number
  /** Words that are one token each, with the space before them. */
  words: string[]
  /** Tokens that are not whole characters of ASCII: wllama crashes when an answer ends within a character. */
  brokenTokens: number[]
}

/** Tokens of context before what is decoded, all of them a prompt. */
export const decodePrompt = 8

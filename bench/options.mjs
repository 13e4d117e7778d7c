/** The command line of `npm run bench`, `bench:decode` and `bench:prefill`. */
import { parseArgs } from 'node:util'

const usage = `usage: npm run bench -- [options]          each kernel
       npm run bench:decode -- [options]   tokens a second after contexts of some lengths
       npm run bench:prefill -- [options]  the same of prompts, and the time to the first token

  --adapter swiftshader|llvmpipe   a software adapter instead of what Dawn finds
  --json FILE                      the same numbers, for programs
  --only WORD                      of the kernels, those whose name contains it

  --model DIR                      decode and prefill with this checkpoint, or
  --shape gpt-oss-20b|S|L1|M|…     with random weights of this shape, instead of two small models
  --layers N                       of the shape's layers, so many
  --contexts 0,1024,8192           tokens before what is measured
  --prompts 64,256,1024            prompts whose prefill is measured, in tokens
  --rounds 5                       how often, at most`

const options = {
  adapter: { type: 'string' },
  json: { type: 'string' },
  only: { type: 'string' },
  model: { type: 'string' },
  shape: { type: 'string' },
  layers: { type: 'string' },
  contexts: { type: 'string' },
  prompts: { type: 'string' },
  rounds: { type: 'string' },
}

/** Ends the process where the command line is wrong. */
export function parseOptions(args) {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const [suite, ...rest] = positionals
    if (!['kernels', 'decode', 'prefill'].includes(suite) || rest.length > 0)
      throw new Error(`${positionals.join(' ')} is not understood`)
    if (![undefined, 'swiftshader', 'llvmpipe'].includes(values.adapter))
      throw new Error(`--adapter ${values.adapter}: there is no such adapter`)
    const { layers, contexts, prompts, rounds, ...texts } = values
    return {
      suite,
      ...texts,
      ...(layers !== undefined && { layers: wholeNumber('layers', layers, 1) }),
      ...(rounds !== undefined && { rounds: wholeNumber('rounds', rounds, 1) }),
      ...(contexts !== undefined && { contexts: wholeNumbers('contexts', contexts, 0) }),
      ...(prompts !== undefined && { prompts: wholeNumbers('prompts', prompts, 1) }),
    }
  } catch (error) {
    console.error(`error: ${error.message}\n\n${usage}`)
    process.exit(1)
  }
}

const wholeNumbers = (name, list, least) =>
  list.split(',').map((text) => wholeNumber(name, text, least))

function wholeNumber(name, text, least) {
  const value = Number(text)
  if (text !== '' && Number.isInteger(value) && value >= least) return value
  throw new Error(`--${name} is "${text}", not a whole number of at least ${least}`)
}

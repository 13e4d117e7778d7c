import { readFileSync } from 'node:fs'
import { expect, runFirst, test } from './page'

interface EvalCase {
  id: string
  effort: 'low' | 'medium' | 'high'
  prompt: string
  tokens: number[]
  final: string
}

const goldens = new URL('../src/engine/testing/golden/mini/eval.jsonl', import.meta.url)
/** The prompts that are a single question, and what the bundled model says to each greedily. */
const cases = readFileSync(goldens, 'utf8')
  .trim()
  .split('\n')
  .map((line): EvalCase => JSON.parse(line))
  .filter(({ prompt }) => !prompt.includes('<|start|>developer'))

const effortNames = { low: 'Low', medium: 'Medium', high: 'High' } as const

test('the page shows what the model says on the CPU, token for token', async ({ chat, page }) => {
  test.setTimeout(300_000)
  // The expected answers were given to a system message of this day.
  const day = "'2025-06-28T12:00:00'"
  await runFirst(
    page,
    `globalThis.Date = class extends Date { constructor(...time) { super(...(time.length ? time : [${day}])) } }`,
  )
  await chat.open()
  await chat.ready()

  const differing: string[] = []
  for (const { id, effort, prompt, tokens, final } of cases) {
    const question = /<\|start\|>user<\|message\|>(.*)<\|end\|>/s.exec(prompt)?.[1] as string
    await chat.newChat.click()
    await chat.chooseEffort(effortNames[effort])
    await chat.ask(question)
    await chat.answered()
    const shown = await chat.answer.innerText()
    // A list is shown with marks of its own, which are no text.
    const isSame =
      shown.includes(final.replace(/^- /gm, '')) && shown.includes(`${tokens.length} tokens`)
    if (!isSame) differing.push(`${id}: ${shown}`)
  }
  expect(cases).toHaveLength(18)
  expect(differing).toEqual([])
})

import AxeBuilder from '@axe-core/playwright'
import { expect, test } from './page'

test('an edited question and a regenerated answer begin branches, which are kept', async ({
  chat,
  page,
}) => {
  await chat.seed([{ question: 'What is the capital of France?', answer: 'It is Paris.' }])
  await chat.questions.hover()
  await chat.questions.getByRole('button', { name: 'Edit' }).click()
  const editor = page.getByRole('textbox', { name: 'Edit your message' })
  await expect(editor).toBeFocused()
  await editor.fill('What is the capital of Italy?')
  await page.keyboard.press('Enter')
  await chat.answered()
  await expect(chat.answer).toContainText('Rome')
  await expect(chat.answer).toContainText('medium effort')
  await expect(chat.questions).toContainText('2/2')

  // Another effort may be asked for, and the answer says which.
  await chat.answer.getByRole('button', { name: 'Regenerate' }).click()
  await page.getByRole('menuitem', { name: 'High effort' }).click()
  await expect(chat.answer).toContainText('2/2')
  await chat.answered()
  await expect(chat.answer).toContainText('high effort')
  await chat.answer.getByRole('button', { name: 'Previous version' }).click()
  await expect(chat.answer).toContainText('medium effort')

  await chat.questions.getByRole('button', { name: 'Previous version' }).click()
  await expect(chat.answer).toContainText('Paris')
  await chat.withoutEngine()
  await page.reload()
  await expect(chat.answer).toContainText('Paris')
  await chat.questions.getByRole('button', { name: 'Next version' }).click()
  await expect(chat.answer).toContainText('Rome')
  await expect(chat.answer).toContainText('medium effort')
})

test('an answer whose renderer was killed is kept, and continued', async ({ chat, context }) => {
  await chat.open()
  await chat.ready()
  await chat.chooseEffort('High')
  await chat.pauseAt('437')
  await chat.ask('What is 437 + 58?')
  await expect(chat.reasoning).toContainText('437')
  const address = chat.page.url()
  // What was said half a second ago is on the disk.
  await expect
    .poll(() =>
      chat.page.evaluate(async () => {
        const opened = indexedDB.open('alcove-chats')
        await new Promise((resolve) => {
          opened.onsuccess = resolve
        })
        const read = opened.result.transaction('messages').objectStore('messages').getAll()
        await new Promise((resolve) => {
          read.onsuccess = resolve
        })
        opened.result.close()
        return read.result.some(({ reasoning }) => reasoning?.includes('437'))
      }),
    )
    .toBe(true)
  const devtools = await context.newCDPSession(chat.page)
  const crashed = chat.page.waitForEvent('crash')
  void devtools.send('Page.crash').catch(() => {})
  await crashed

  const reopened = chat.in(await context.newPage())
  await reopened.page.goto(address)
  await expect(reopened.answer).toContainText('Interrupted')
  await expect(reopened.reasoning).toContainText('437')
  await reopened.answer.getByRole('button', { name: 'Continue' }).click()
  await expect(reopened.answer).toContainText('437 + 58 = 495')
})

test('a deleted message takes what follows with it, and comes back by Undo', async ({
  chat,
  page,
}) => {
  await chat.withoutEngine()
  await chat.seed([
    { question: 'What is the capital of France?', answer: 'It is Paris.' },
    { question: 'What is 2 + 2?', answer: '2 + 2 = 4' },
  ])
  await chat.questions.last().hover()
  await chat.questions.last().getByRole('button', { name: 'More for your message' }).click()
  await page.getByRole('menuitem', { name: 'Delete from here on' }).click()
  await expect(chat.questions).toHaveCount(1)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(chat.questions).toHaveCount(2)
  await page.reload()
  await expect(chat.answers).toHaveCount(2)
})

test('an answer is copied with its looks, and as Markdown', async ({ chat, page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await chat.withoutEngine()
  await chat.seed([{ question: 'What is the capital of France?', answer: 'It is **Paris**.' }])
  await chat.answer.getByRole('button', { name: 'Copy', exact: true }).click()
  const types = () =>
    page.evaluate(async () => (await navigator.clipboard.read()).flatMap(({ types }) => types))
  await expect.poll(types).toEqual(['text/plain', 'text/html'])
  await chat.answer.getByRole('button', { name: 'More for this answer' }).click()
  await page.getByRole('menuitem', { name: 'Copy as Markdown' }).click()
  await expect(page.getByText('Copied as Markdown')).toBeVisible()
  await expect.poll(types).toEqual(['text/plain'])
})

const markdown = `# A title

Some **bold** words, [a link](https://example.org/page) and \`code\`.

\`\`\`js
const answer = 42 // as ever
\`\`\`

| a | b |
| - | -: |
| 1 | $x^2$ |

\\[
\\int_0^1 x \\, dx = \\frac{1}{2}
\\]

![a picture](https://tracker.example/pixel.png) <img src="https://tracker.example/2.png">
`

test('Markdown is drawn, and fetches nothing', async ({ chat, page }) => {
  const strangers: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith('http://localhost')) strangers.push(request.url())
  })
  await chat.withoutEngine()
  await chat.seed([{ question: 'Show me everything', answer: markdown }])

  await expect(chat.answer.getByRole('heading', { name: 'A title' })).toBeVisible()
  await expect(chat.answer.locator('.hljs-keyword')).toHaveText('const')
  await expect(chat.answer.locator('.katex').first()).toBeVisible()
  await expect(chat.answer.getByRole('cell', { name: '1', exact: true })).toBeVisible()
  await expect(chat.answer.getByRole('link', { name: 'a picture' })).toHaveAttribute(
    'href',
    'https://tracker.example/pixel.png',
  )
  await expect(chat.answer).toContainText('<img src="https://tracker.example/2.png">')
  expect(strangers).toEqual([])
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 })
      await page.screenshot({ path: `test-results/looks/markdown-${width}-${colorScheme}.png` })
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(overflow, 'pixels beyond the right edge').toBe(0)
    }
  }
})

test('a conversation of 500 messages opens at its end, whole, in under 300 ms', async ({
  chat,
  page,
}) => {
  const turns = Array.from({ length: 250 }, (_, index) => ({
    question: `Question ${index}`,
    answer: markdown,
  }))
  await chat.seed(turns)
  await expect(chat.questions.last()).toBeInViewport()
  await expect(chat.questions.last()).toContainText('Question 249')
  await expect(chat.questions).toHaveCount(250)
  await expect(chat.answers.last()).toBeInViewport()
  expect(await page.evaluate(() => document.activeElement?.ariaLabel)).toBe('Message')

  await chat.ready()
  const openings = await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    const shows = (text: string) => document.querySelector('main')?.textContent.includes(text)
    const long = location.hash
    const openings: number[] = []
    for (let i = 0; i < 5; i++) {
      location.hash = '#/'
      while (shows('Question 249')) await frame()
      const beganMs = performance.now()
      location.hash = long
      while (!shows('Question 249')) await frame()
      // What was drawn is on the screen when the frame after it begins.
      await frame()
      openings.push(performance.now() - beganMs)
    }
    return openings.sort((a, b) => a - b)
  })
  expect(openings[2], `the median of ${openings}`).toBeLessThan(300)

  // Wherever one scrolls, the browser draws what is near, and the rest costs nothing.
  await expect(chat.questions).toHaveCount(250)
  const drawn = await page.evaluate(async () => {
    const box = document.querySelector('main > div')
    const drawn: number[] = []
    for (let part = 10; part >= 0; part--) {
      box?.scrollTo({ top: (part / 10) * box.scrollHeight, behavior: 'instant' })
      for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve))
      const inner = [...document.querySelectorAll('article > :first-child')]
      const isDrawn = (element: Element) => element.checkVisibility({ contentVisibilityAuto: true })
      drawn.push(inner.filter(isDrawn).length)
    }
    return drawn
  })
  expect(Math.min(...drawn)).toBeGreaterThan(0)
  expect(Math.max(...drawn), `of 500 messages, ${drawn}`).toBeLessThan(40)
})

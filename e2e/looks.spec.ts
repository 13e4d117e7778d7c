import { expect, test } from './page'

/** Screenshots for people to look at, in test-results/looks; the test itself checks that all fits. */
test('every page fits a phone and a desk, in light and dark', async ({ chat, page }) => {
  await chat.open()
  await chat.ready()
  for (const [width, height] of [
    [390, 844],
    [1440, 900],
  ] as const) {
    const take = async (name: string) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        await page.screenshot({ path: `test-results/looks/${name}-${width}-${colorScheme}.png` })
      }
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(overflow, `pixels beyond the right edge, ${name}`).toBe(0)
    }
    await page.setViewportSize({ width, height })
    await chat.newChat.click()
    await take('welcome')
    await chat.chooseEffort('High')
    await chat.pauseAt('437')
    await chat.ask('What is 437 + 58?')
    await expect(chat.reasoning).toContainText('437')
    await take('thinking')
    await chat.goOn()
    await chat.answered()
    await take('answered')
    await chat.modelStatus('Ready').click()
    await take('menu')
    await page.keyboard.press('Escape')
    await page.goto('./#/models')
    await page.getByText('free by the browser’s estimate').waitFor()
    await take('models')
  }
})

import { expect, test } from './page'

/** Screenshots for people to look at, in test-results/looks; the test itself checks that all fits. */
for (const [width, height] of [
  [390, 844],
  [1440, 900],
] as const)
  for (const colorScheme of ['light', 'dark'] as const)
    test(`${width} px, ${colorScheme}`, async ({ chat, page }) => {
      const take = (name: string) =>
        page.screenshot({ path: `test-results/looks/${name}-${width}-${colorScheme}.png` })
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })

      await chat.open()
      await chat.ready()
      await take('welcome')
      await chat.chooseEffort('High')
      await chat.ask('What is 437 + 58?')
      await expect(chat.reasoning).toContainText('437')
      await take('thinking')
      await chat.answered()
      await take('answered')
      await chat.modelStatus('Ready').click()
      await take('menu')
      await page.keyboard.press('Escape')
      await page.goto('./#/models')
      await page.getByText('free by the browser’s estimate').waitFor()
      await take('models')

      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(overflow, 'pixels beyond the right edge').toBe(0)
    })

import AxeBuilder from '@axe-core/playwright'
import { expect, test } from './page'

test('a model is measured on a page of its own, and the result can be copied', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto('./bench.html')
  await expect(page.getByRole('heading', { name: 'How fast is a model here?' })).toBeVisible()
  await expect(page.getByRole('combobox', { name: 'Model' })).toContainText('gpt-oss-mini')
  await page.getByRole('combobox', { name: 'Longest context' }).selectOption('None: quick')
  await page.getByRole('button', { name: 'Measure' }).click()

  const result = page.getByRole('region', { name: 'gpt-oss-mini' })
  // A model is loaded, then measured twice.
  await expect(result.getByRole('row')).toHaveCount(2, { timeout: 90_000 })
  await expect(result.getByRole('rowheader', { name: '0' })).toBeVisible()
  await expect(result.getByRole('figure', { name: /Decode/ })).toBeVisible()
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])

  await page.setViewportSize({ width: 390, height: 844 })
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect(overflow, 'pixels beyond the edge').toBe(0)
  await result.getByRole('button', { name: 'Copy result' }).click()
  const copied = await page.evaluate(() => navigator.clipboard.readText())
  expect(copied).toMatch(/\| Decode, tok\/s \|/)
  expect(copied).toContain('- gpt-oss-mini, 1.6 MB of weights (safetensors)')

  await page.getByRole('link', { name: 'Back to the models' }).click()
  const link = page.getByRole('link', { name: 'Measure how fast' })
  await expect(link).toHaveAttribute('href', './bench.html')
})

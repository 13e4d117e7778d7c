import type { Locator, Page } from '@playwright/test'
import { type Mirror, startMirror } from './mirror'
import { allowHost, test as pageTest } from './page'

export { expect } from './page'

const bundledModel = '**/models/gpt-oss-mini/**'
const never = () => {}

/** Every control of the models page by the name that a person sees or hears. */
export class ModelsPage {
  readonly heading: Locator
  readonly cards: Locator
  readonly address: Locator
  readonly folderInput: Locator
  readonly alert: Locator
  readonly news: Locator
  readonly deviceCheck: Locator

  constructor(readonly page: Page) {
    const main = page.getByRole('main')
    this.heading = main.getByRole('heading', { name: 'Models', exact: true })
    this.cards = main.getByRole('article')
    this.address = main.getByRole('textbox', { name: 'Address' })
    this.folderInput = main.getByLabel('Model folder')
    this.alert = main.getByRole('alert')
    this.news = main.getByRole('status')
    this.deviceCheck = main.getByRole('region', { name: 'Can this machine run them?' })
  }

  /** From now on the bundled model never arrives: a test of other models need not wait for it. */
  async withoutBundledModel() {
    await this.page.route(bundledModel, never)
  }

  /** From now on it arrives. */
  async withBundledModel() {
    await this.page.unroute(bundledModel, never)
  }

  async open() {
    await this.page.goto('./#/models')
    await this.heading.waitFor()
  }

  card(name: string): Locator {
    return this.page.getByRole('article', { name, exact: true })
  }

  /** Resolves when the model of this name is on the GPU. */
  async active(name: string) {
    await this.card(name).getByText('Active').waitFor()
  }

  async add(address: string) {
    await this.address.fill(address)
    await this.page.getByRole('button', { name: 'Add', exact: true }).click()
  }

  /** Presses a button of a model's card, named as on the card: `Pause`, `Verify files of`. */
  async press(action: string, name: string) {
    await this.page.getByRole('button', { name: `${action} ${name}`, exact: true }).click()
  }

  async answerDialog(title: RegExp, answer: string) {
    const dialog = this.page.getByRole('dialog', { name: title })
    await dialog.getByRole('button', { name: answer, exact: true }).click()
  }
}

export interface Fixtures {
  models: ModelsPage
  mirror: Mirror
}

/** A test with the models page's controls and a mirror of the bundled model. */
export const test = pageTest.extend<Fixtures>({
  models: async ({ page }, use) => use(new ModelsPage(page)),
  mirror: async ({ page }, use) => {
    const mirror = await startMirror()
    await allowHost(page, new URL(mirror.address('')).origin)
    await use(mirror)
    mirror.close()
  },
})

import { t } from '../i18n/t'
import type { Stores } from '../stores/context'

/** Shows what a file shares, or says why it was not opened. */
export async function openShareFile({ toasts }: Pick<Stores, 'toasts'>, file: File) {
  const [{ readShareFile, shareHash }, { refusalText, ShareRefused }] = await Promise.all([
    import('./link'),
    import('./refusal'),
  ])
  try {
    location.hash = shareHash(await readShareFile(file))
  } catch (error) {
    if (!(error instanceof ShareRefused)) throw error
    const reason = refusalText(error.refusal)
    toasts.getState().show(t('“{{name}}” was not opened. {{reason}}', { name: file.name, reason }))
  }
}

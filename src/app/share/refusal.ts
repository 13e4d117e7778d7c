import { t } from '../i18n/t'

/** Why a link or a file was not opened. */
export type Refusal =
  /** It has nothing of what a share has. */
  | { code: 'no-share' }
  /** Its end is missing. */
  | { code: 'cut-off' }
  /** Its bytes are not those that were shared. */
  | { code: 'damaged' }
  | { code: 'too-large' }
  /** A later version of the app made it. */
  | { code: 'newer-version' }
  /** It is whole, and says something that no version of the app writes; `field` is where. */
  | { code: 'invalid'; field: string }
  | { code: 'wrong-passphrase' }
  /** It is encrypted, and this page may not decrypt: it came without HTTPS. */
  | { code: 'no-cryptography' }

export class ShareRefused extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.code)
    this.name = 'ShareRefused'
    this.refusal = refusal
  }
}

/** What happened, and what to do. */
export function refusalText(refusal: Refusal): string {
  switch (refusal.code) {
    case 'no-share':
      return t('There is no shared chat in it. Ask for the link or the file again.')
    case 'cut-off':
      return t(
        'Its end is missing: some messengers cut long links. Copy all of it, or ask for a file instead.',
      )
    case 'damaged':
      return t('Some of it was changed on its way here. Ask for it again.')
    case 'too-large':
      return t('It is larger than anything that Alcove shares.')
    case 'newer-version':
      return t('A newer version of Alcove made it. Reload this page to get that version.')
    case 'invalid':
      return t('It is not as Alcove writes it, at “{{field}}”.', { field: refusal.field })
    case 'wrong-passphrase':
      return t('This is not the passphrase it was shared with.')
    case 'no-cryptography':
      return t('It has a passphrase, and browsers decrypt only on pages that come over HTTPS.')
  }
}

import type { EndpointDraft } from '../remote/endpoint'

/** What a person was about to do when the page had to open anew to be allowed to do it. */
export type Errand =
  | { kind: 'add-model'; address: string }
  | { kind: 'download'; model: string }
  | { kind: 'use'; model: string }
  | { kind: 'server'; draft: EndpointDraft; id: string | undefined }

const key = 'alcove-errand'

/** Leaves it to this tab's next page. */
export function leaveErrand(
  errand: Errand,
  storage: Pick<Storage, 'setItem'> = sessionStorage,
): void {
  storage.setItem(key, JSON.stringify(errand))
}

/** What the page before left to do, if it is of this kind; it is left to nobody else. */
export function claimErrand<Kind extends Errand['kind']>(
  kind: Kind,
  storage: Pick<Storage, 'getItem' | 'removeItem'> = sessionStorage,
): Extract<Errand, { kind: Kind }> | undefined {
  try {
    const errand = JSON.parse(storage.getItem(key) ?? '{}')
    if (errand.kind !== kind) return undefined
    storage.removeItem(key)
    return errand
  } catch {
    // This browser keeps nothing, so nothing was left.
    return undefined
  }
}

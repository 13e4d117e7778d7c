import type { Catalog } from './t'

export const de: Catalog = {}

import type { Catalog } from './t'

export const ar: Catalog = {}

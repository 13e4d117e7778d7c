import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { createIndexedDbTuningStore } from './indexeddb-tuning-store'

describe('createIndexedDbTuningStore', () => {
  it('keeps choices by key until the next visit', async () => {
    const visit = createIndexedDbTuningStore()
    expect(await visit.get('card')).toBeUndefined()
    const one = { choices: { attention: 'subgroups' }, attempts: 0 }
    const other = { choices: { attention: 'workgroup memory' }, attempts: 0 }
    await visit.set('card', one)
    await visit.set('card', other)
    await visit.set('another', one)
    const next = createIndexedDbTuningStore()
    expect(await next.get('card')).toEqual(other)
    expect(await next.get('another')).toEqual(one)
  })
})

import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { createIndexedDbTuningStore } from './indexeddb-tuning-store'

describe('createIndexedDbTuningStore', () => {
  it('keeps choices by key until the next visit', async () => {
    const visit = createIndexedDbTuningStore()
    expect(await visit.get('card')).toBeUndefined()
    await visit.set('card', { attention: 'subgroups' })
    await visit.set('card', { attention: 'workgroup memory' })
    await visit.set('another', { attention: 'subgroups' })
    const next = createIndexedDbTuningStore()
    expect(await next.get('card')).toEqual({ attention: 'workgroup memory' })
    expect(await next.get('another')).toEqual({ attention: 'subgroups' })
  })
})

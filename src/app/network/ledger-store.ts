import { createStore, type StoreApi } from 'zustand/vanilla'
import { type NetworkRecord, serviceWorkerChannel, watchRequests } from '../../network/records'
import { workerChannel } from './start-worker'

export interface LedgerState {
  /** Every request since the page opened, in the order in which the page heard of them. */
  records: readonly NetworkRecord[]
  /** Adds an attempt that this app itself has ended. */
  noteBlocked(kind: string, url: string): void
}

export type LedgerStore = StoreApi<LedgerState>

/** A store that only takes records. */
export function createLedgerStore(): LedgerStore & { tell(record: NetworkRecord): void } {
  const store = createStore<LedgerState>()(() => ({
    records: [],
    noteBlocked: (kind, url) => tell({ at: Date.now(), by: 'page', kind, url, outcome: 'blocked' }),
  }))
  const tell = (record: NetworkRecord) =>
    store.setState(({ records }) => ({ records: [...records, record] }))
  return { ...store, tell }
}

/** The requests of this page, its workers and its service worker, from the page's own on. */
export function openLedger(): LedgerStore {
  const ledger = createLedgerStore()
  const scope = new URL('./', document.baseURI).href
  watchRequests('page', ledger.tell)
  for (const name of [workerChannel, serviceWorkerChannel(scope)])
    new BroadcastChannel(name).addEventListener('message', ({ data }) => ledger.tell(data))
  return ledger
}

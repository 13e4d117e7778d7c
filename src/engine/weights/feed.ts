import type { Clock } from './clock'
import { fillPieces } from './fill'
import type { ShardSource, SourceFile } from './shard-source'

/**
 * Takes a stretch of a file, in whatever order stretches come; one call at a time. The bytes are
 * used for other ones once the promise has resolved.
 */
export type Consumer = (
  file: string,
  byteOffset: number,
  bytes: Uint8Array<ArrayBuffer>,
) => Promise<void>

export interface FeedOptions {
  /** Called with the length of whatever has just been read. */
  onRead?: ((bytes: number) => void) | undefined
  signal?: AbortSignal | undefined
  clock?: Pick<Clock, 'now'>
}

/** Length of the stretches that are fed: two of them are in memory, one being read and one being taken. */
const FED_BYTES = 32 * 1024 * 1024

/**
 * Gives every byte of these files to a consumer, once, from a source that is not stored: files that
 * the user picked, or a server where storage is refused. While it takes one stretch, the next is
 * read, over several connections where the source allows it.
 * @throws EngineError what the source and the consumer throw, `cancelled`
 */
export async function feedSource(
  source: ShardSource,
  files: readonly SourceFile[],
  consumer: Consumer,
  { onRead = () => {}, ...options }: FeedOptions = {},
): Promise<void> {
  await fillPieces({
    source,
    files: files.map((file) => ({ ...file, pieces: new Set<number>() })),
    pieceBytes: FED_BYTES,
    commit: (file, stretch, bytes) => consumer(file.name, stretch * FED_BYTES, bytes),
    onReceived: onRead,
    ...options,
  })
}

/**
 * Asks for the next items, so many of them, while one is being dealt with.
 * @param drop gets what was asked for and is not wanted any more
 */
export async function* readAhead<Item>(
  items: AsyncIterable<Item>,
  ahead: number,
  drop: (item: Item) => unknown = () => {},
): AsyncGenerator<Item, void, void> {
  const iterator = items[Symbol.asyncIterator]()
  const asked: Promise<IteratorResult<Item>>[] = []
  function ask() {
    const next = iterator.next()
    // Until it is awaited, a failure must not count as one that nobody handles.
    next.catch(() => {})
    asked.push(next)
  }
  for (let i = 0; i < ahead; i++) ask()
  try {
    for (;;) {
      const { done, value } = await (asked.shift() as Promise<IteratorResult<Item>>)
      if (done) return
      ask()
      yield value
    }
  } finally {
    for (const next of await Promise.allSettled(asked)) {
      if (next.status === 'fulfilled' && !next.value.done) await drop(next.value.value)
    }
    await iterator.return?.()
  }
}

/** The same items, the first of them asked for at once; not even that one must be left unread. */
export function begin<Item>(
  items: AsyncGenerator<Item, void, void>,
): AsyncGenerator<Item, void, void> {
  const first = items.next()
  // Until it is awaited, a failure must not count as one that nobody handles.
  first.catch(() => {})
  return begun(first, items)
}

async function* begun<Item>(
  first: Promise<IteratorResult<Item, void>>,
  others: AsyncGenerator<Item, void, void>,
): AsyncGenerator<Item, void, void> {
  try {
    const { done, value } = await first
    if (done) return
    yield value
    yield* others
  } finally {
    await others.return()
  }
}

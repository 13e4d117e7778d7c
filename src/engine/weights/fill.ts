import { EngineError } from '../errors'
import { type Clock, systemClock } from './clock'
import { Parallelism } from './parallelism'
import { type ShardSource, throwIfCancelled } from './shard-source'
import { pieceCount, pieceLength, type StoredFile } from './shard-store'

/**
 * Bytes asked for in one request. A piece is put together from such parts, so that several
 * connections work on the same one, and few pieces are in memory: eight parts make a piece.
 */
const PART_BYTES = 8 * 1024 * 1024

/**
 * Pieces in memory at once: one is filled while the one before is hashed and committed. With the
 * copy that hashing makes of a piece, that is 192 MiB, however long the download.
 */
const MAX_OPEN_PIECES = 2

export interface FillRequest {
  source: ShardSource
  files: readonly StoredFile[]
  pieceBytes: number
  /** Keeps one piece; its bytes are used for another one when this has resolved. */
  commit: (file: StoredFile, piece: number, bytes: Uint8Array<ArrayBuffer>) => Promise<void>
  /** Called with the length of whatever has just arrived. */
  onReceived: (bytes: number) => void
  signal?: AbortSignal | undefined
  clock?: Pick<Clock, 'now'>
}

/** Bytes [begin, end) of a file that are fetched by one read: within a piece, or over several. */
interface Part {
  file: StoredFile
  begin: number
  end: number
}

interface OpenPiece {
  buffer: Uint8Array<ArrayBuffer>
  missingBytes: number
}

/**
 * Fetches every piece that `files` lack and commits each as soon as it is whole, several parts at
 * once where the source allows it.
 *
 * The first failure ends the other reads. When this rejects, nothing is under way any more, and
 * every piece that was whole by then is committed.
 * @throws EngineError what the source and `commit` throw, `file-truncated`, `cancelled`
 */
export async function fillPieces(request: FillRequest): Promise<void> {
  const { source, pieceBytes, commit, onReceived, clock = systemClock } = request
  const parallelism = new Parallelism(clock)
  const stop = new AbortController()
  const signal = request.signal ? AbortSignal.any([request.signal, stop.signal]) : stop.signal

  const open = new Map<string, OpenPiece>()
  const spareBuffers: Uint8Array<ArrayBuffer>[] = []
  const bufferBytes = Math.min(
    pieceBytes,
    Math.max(0, ...request.files.map(({ byteLength }) => byteLength)),
  )
  const keyOf = (file: StoredFile, piece: number) => `${piece} ${file.name}`
  const pieceAt = (position: number) => Math.floor(position / pieceBytes)

  function openPiece(file: StoredFile, piece: number): OpenPiece {
    const key = keyOf(file, piece)
    const opened = open.get(key) ?? {
      buffer: spareBuffers.pop() ?? new Uint8Array(bufferBytes),
      missingBytes: pieceLength(file.byteLength, piece, pieceBytes),
    }
    open.set(key, opened)
    return opened
  }

  /** Ends when the commit under way does; one at a time, because each copies its piece. */
  let committed: Promise<void> = Promise.resolve()

  async function close(file: StoredFile, piece: number, { buffer }: OpenPiece) {
    const bytes = buffer.subarray(0, pieceLength(file.byteLength, piece, pieceBytes))
    const turn = committed.then(() => commit(file, piece, bytes))
    committed = turn.catch(() => {})
    await turn
    open.delete(keyOf(file, piece))
    spareBuffers.push(buffer)
  }

  async function fetchPart({ file, begin, end }: Part) {
    let position = begin
    for await (const bytes of source.read(file.name, begin, end, signal)) {
      onReceived(bytes.length)
      parallelism.received(bytes.length)
      for (let taken = 0; taken < bytes.length; ) {
        const piece = pieceAt(position)
        const opened = openPiece(file, piece)
        const offset = position - piece * pieceBytes
        const some = bytes.subarray(taken, taken + pieceBytes - offset)
        opened.buffer.set(some, offset)
        opened.missingBytes -= some.length
        position += some.length
        taken += some.length
        if (opened.missingBytes === 0) await close(file, piece, opened)
      }
    }
    if (position === end) return
    throw new EngineError({
      code: 'file-truncated',
      file: file.name,
      expectedBytes: end,
      receivedBytes: position,
    })
  }

  const active = new Set<Promise<void>>()
  const failures: unknown[] = []

  function start(part: Part) {
    openPiece(part.file, pieceAt(part.begin))
    const reading = fetchPart(part)
      .catch((error) => {
        failures.push(error)
        stop.abort()
      })
      .finally(() => active.delete(reading))
    active.add(reading)
    return reading
  }

  /** Asked afresh each time, as a source may find out while it reads. */
  const isAlone = ({ file }: Part) => source.isSequential?.(file.name) ?? false
  const hasRoom = ({ file, begin }: Part) =>
    active.size < parallelism.width &&
    (open.size < MAX_OPEN_PIECES || open.has(keyOf(file, pieceAt(begin))))

  let retries = source.retryCount?.() ?? 0
  for (const part of missingParts(source, request.files, pieceBytes)) {
    while (active.size > 0 && (isAlone(part) || !hasRoom(part))) await Promise.race(active)
    if (signal.aborted) break
    const started = start(part)
    if (isAlone(part)) await started

    const retriesByNow = source.retryCount?.() ?? 0
    if (retriesByNow > retries) parallelism.shrink()
    retries = retriesByNow
  }
  await Promise.all(active)
  if (failures.length > 0) throw failures[0]
  throwIfCancelled(request.signal)
}

/** What to fetch, in order: parts of pieces, or all that is missing of a file that has no parts. */
function* missingParts(
  source: ShardSource,
  files: readonly StoredFile[],
  pieceBytes: number,
): Generator<Part, void, void> {
  for (const file of files) {
    for (const run of missingRuns(file, pieceBytes)) {
      for (let begin = run.begin; begin < run.end; ) {
        const pieceEnd = (Math.floor(begin / pieceBytes) + 1) * pieceBytes
        const end = source.isSequential?.(file.name)
          ? run.end
          : Math.min(begin + PART_BYTES, pieceEnd, run.end)
        yield { file, begin, end }
        begin = end
      }
    }
  }
}

/** Stretches of neighbouring pieces that are not kept. */
function missingRuns(file: StoredFile, pieceBytes: number): { begin: number; end: number }[] {
  const runs: { begin: number; end: number }[] = []
  for (let piece = 0; piece < pieceCount(file.byteLength, pieceBytes); piece++) {
    if (file.pieces.has(piece)) continue
    const begin = piece * pieceBytes
    const end = begin + pieceLength(file.byteLength, piece, pieceBytes)
    const run = runs.at(-1)
    if (run?.end === begin) run.end = end
    else runs.push({ begin, end })
  }
  return runs
}

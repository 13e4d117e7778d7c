import { decodeText } from './decode-text'
import { FileRefused } from './refusal'

/** The longest context holds half a megabyte of English; counting more would keep the engine busy. */
const textBytesMax = 1_000_000
/** Most of a PDF's bytes are pictures and fonts, which are not read. */
const pdfBytesMax = 50_000_000

/** What is read of a file. */
export interface FileText {
  mediaType: string
  text: string
}

/** Gives the text of a PDF's pages. */
type PdfReader = (bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal) => Promise<string>

/**
 * Reads a file that a person has chosen as text that can be attached.
 * @throws FileRefused; the signal's reason when it is aborted
 */
export async function readFile(
  file: File,
  signal: AbortSignal,
  readPdf: PdfReader = readPdfOnDemand,
): Promise<FileText> {
  const isPdf = file.type === 'application/pdf' || /\.pdf$/i.test(file.name)
  const bytesMax = isPdf ? pdfBytesMax : textBytesMax
  if (file.size > bytesMax)
    throw new FileRefused({ reason: 'too-large', bytes: file.size, bytesMax })
  const bytes = await bytesOf(file)
  signal.throwIfAborted()
  const text = isPdf ? await readPdf(bytes, signal) : decodeText(bytes)
  if (text.trim() === '') throw new FileRefused({ reason: 'empty' })
  return { mediaType: isPdf ? 'application/pdf' : file.type || 'text/plain', text }
}

async function bytesOf(file: File): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.arrayBuffer())
  } catch {
    throw new FileRefused({ reason: 'unreadable' })
  }
}

/** What reads PDFs is ten times as large as the rest of the page, so it is started with the first one. */
async function readPdfOnDemand(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal) {
  const { readPdfInWorker } = await import('./pdf-worker').catch(() => {
    throw new FileRefused({ reason: 'pdf-reader-missing' })
  })
  return readPdfInWorker(bytes, signal)
}

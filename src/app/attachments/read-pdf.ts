import { getDocument, type PDFWorker, VerbosityLevel } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { FileRefused } from './refusal'

/** Text beyond this could fit no context. */
const textLengthMax = 1_000_000

/** Gives one of the character maps that pdf.js comes with, by the name of its file. */
export type FetchCMap = (fileName: string) => Promise<Uint8Array>

/**
 * The text of a PDF page by page, in the order in which it was written into the file.
 *
 * Nothing that the file names is fetched and no code of it runs: there is no address for fonts, and
 * nothing is evaluated. Chinese, Japanese and Korean may need one of pdf.js's character maps.
 * @param worker where it is parsed; without one, as in Node, here
 * @throws FileRefused `pdf-encrypted`, `pdf-broken`, `pdf-without-text`, `too-large`, and
 *   `pdf-reader-missing` for a character map that cannot be had; the signal's reason
 */
export async function readPdf(
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
  fetchCMap: FetchCMap,
  worker?: PDFWorker,
): Promise<string> {
  let lacksCMap = false
  /** What pdf.js asks for its own files. */
  class CMaps {
    async fetch({ kind, filename }: { kind: string; filename: string }) {
      if (kind !== 'cMapUrl') throw new Error(`nothing is fetched for ${kind}`)
      return fetchCMap(filename).catch((error: unknown) => {
        lacksCMap = true
        throw error
      })
    }
  }
  const task = getDocument({
    data: bytes,
    ...(worker && { worker }),
    BinaryDataFactory: CMaps,
    cMapPacked: true,
    isEvalSupported: false,
    useWasm: false,
    useWorkerFetch: false,
    disableFontFace: true,
    useSystemFonts: false,
    verbosity: VerbosityLevel.ERRORS,
  })
  try {
    const document = await task.promise
    const pages: string[] = []
    let length = 0
    let hasText = false
    for (let number = 1; number <= document.numPages; number++) {
      signal.throwIfAborted()
      const page = await document.getPage(number)
      const text = pageText((await page.getTextContent()).items)
      page.cleanup()
      // Without it letters would be missing, and nobody would know.
      if (lacksCMap) throw new FileRefused({ reason: 'pdf-reader-missing' })
      hasText ||= text !== ''
      length += text.length
      if (length > textLengthMax)
        throw new FileRefused({ reason: 'too-large', bytes: length, bytesMax: textLengthMax })
      pages.push(`[Page ${number} of ${document.numPages}]\n${text}`)
    }
    if (!hasText) throw new FileRefused({ reason: 'pdf-without-text' })
    return pages.join('\n\n')
  } catch (error) {
    if (error instanceof FileRefused || signal.aborted) throw error
    const isEncrypted = error instanceof Error && error.name === 'PasswordException'
    throw new FileRefused({ reason: isEncrypted ? 'pdf-encrypted' : 'pdf-broken' })
  } finally {
    await task.destroy()
  }
}

/** The pieces of text on a page; those of marked content only say what the pieces are. */
function pageText(items: readonly ({ str: string; hasEOL: boolean } | object)[]): string {
  return items
    .map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : ''))
    .join('')
    .replaceAll('\0', '')
    .trim()
}

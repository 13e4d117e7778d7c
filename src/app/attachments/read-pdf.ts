import { getDocument, type PDFWorker, VerbosityLevel } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { FileRefused } from './refusal'

/** Text beyond this could fit no context. */
const textLengthMax = 1_000_000

/**
 * The text of a PDF page by page, in the order in which it was written into the file.
 *
 * Nothing is fetched and no code of the file runs: there is no address for fonts or character maps,
 * and nothing is evaluated.
 * @param worker where it is parsed; without one, as in Node, here
 * @throws FileRefused `pdf-encrypted`, `pdf-broken`, `pdf-without-text`, `too-large`; the signal's
 *   reason
 */
export async function readPdf(
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
  worker?: PDFWorker,
): Promise<string> {
  const task = getDocument({
    data: bytes,
    ...(worker && { worker }),
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

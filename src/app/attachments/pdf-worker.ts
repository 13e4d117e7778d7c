/** What is fetched with the first PDF: pdf.js, and the worker that it parses in. */
import { PDFWorker } from 'pdfjs-dist/legacy/build/pdf.mjs'
import pdfScript from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?worker&url'
import { startWorker } from '../network/start-worker'
import { type FetchCMap, readPdf } from './read-pdf'
import { FileRefused } from './refusal'

/** Addresses of pdf.js's character maps: 168 files, of which a document takes one or two, if any. */
const cMaps = import.meta.glob<string>('../../../node_modules/pdfjs-dist/cmaps/*.bcmap', {
  query: '?url',
  import: 'default',
  eager: true,
})

const fetchCMap: FetchCMap = async (fileName) => {
  const address = cMaps[`../../../node_modules/pdfjs-dist/cmaps/${fileName}`]
  if (address === undefined) throw new Error(`pdf.js has no ${fileName}`)
  const response = await fetch(address)
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

/**
 * Reads a PDF in a worker of its own, which ends with it: a file that keeps it busy for ever is
 * given up with the signal.
 * @throws FileRefused as `readPdf`, and `pdf-reader-missing`; the signal's reason
 */
export async function readPdfInWorker(
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<string> {
  const port = startWorker(pdfScript)
  const worker = PDFWorker.create({ port })
  const ended = new Promise<never>((_, reject) => {
    port.addEventListener('error', ({ message }) => {
      // A script that could not be fetched arrives as a bare Event, without a message.
      reject(new FileRefused({ reason: message ? 'pdf-broken' : 'pdf-reader-missing' }))
    })
    signal.addEventListener('abort', () => reject(signal.reason))
  })
  try {
    return await Promise.race([readPdf(bytes, signal, fetchCMap, worker), ended])
  } finally {
    worker.destroy()
    port.terminate()
  }
}

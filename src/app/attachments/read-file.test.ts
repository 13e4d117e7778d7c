import { readFile as readFileFromDisk } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { readFile } from './read-file'
import { type FetchCMap, readPdf } from './read-pdf'
import { FileRefused } from './refusal'
import { pdf, song } from './testing/pdf'

const { signal } = new AbortController()
const bytes = (...values: number[]) => Uint8Array.from(values)
const utf8 = (text: string) => new TextEncoder().encode(text)

const fetchCMap: FetchCMap = async (fileName) => {
  const url = new URL(`../../../node_modules/pdfjs-dist/cmaps/${fileName}`, import.meta.url)
  return new Uint8Array(await readFileFromDisk(url))
}

/** Reads a PDF in this thread. */
const readPdfHere = (bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal) =>
  readPdf(bytes, signal, fetchCMap)

const read = (name: string, ...parts: BlobPart[]) =>
  readFile(new File(parts, name), signal, readPdfHere)

/** Why a file was refused. */
async function refusalOf(reading: Promise<unknown>) {
  const error = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof FileRefused)) throw error ?? new Error('it was not refused')
  return error.cause
}

describe('text', () => {
  it.each([
    { encoding: 'UTF-8', content: utf8('name,städt\n1,Zürich\n') },
    { encoding: 'UTF-8 with a mark', content: utf8('\ufeffname,städt\n1,Zürich\n') },
    { encoding: 'UTF-16 LE', content: utf16('name,städt\n1,Zürich\n', true) },
    { encoding: 'UTF-16 BE', content: utf16('name,städt\n1,Zürich\n', false) },
    { encoding: 'the lines of Windows', content: utf8('name,städt\r\n1,Zürich\r\n') },
    { encoding: 'the lines of old Macs', content: utf8('name,städt\r1,Zürich\r') },
  ])('is read in $encoding', async ({ content }) => {
    const file = await readFile(new File([content], 'a.csv', { type: 'text/csv' }), signal)
    expect(file).toEqual({ mediaType: 'text/csv', text: 'name,städt\n1,Zürich\n' })
  })

  it('needs no type that the browser knows', async () => {
    expect(await read('main.zig', 'const x = 1;')).toEqual({
      mediaType: 'text/plain',
      text: 'const x = 1;',
    })
  })

  it.each([
    { what: 'a picture', content: bytes(0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13), reason: 'not-text' },
    { what: 'a NUL in ASCII', content: utf8('abc\0def'), reason: 'not-text' },
    { what: 'Latin-1', content: bytes(0x5a, 0xfc, 0x72), reason: 'not-utf8' },
    { what: 'half a character', content: bytes(0x61, 0xe2, 0x82), reason: 'not-utf8' },
    { what: 'nothing', content: utf8(''), reason: 'empty' },
    { what: 'blanks', content: utf8(' \n\t\n'), reason: 'empty' },
  ])('is not $what', async ({ content, reason }) => {
    expect(await refusalOf(read('file', content))).toEqual({ reason })
  })

  it('is refused unread where it is larger than any context', async () => {
    expect(await refusalOf(read('big.log', new Uint8Array(1_000_001)))).toEqual({
      reason: 'too-large',
      bytes: 1_000_001,
      bytesMax: 1_000_000,
    })
  })

  it('is refused where the browser cannot read it, as a folder', async () => {
    const folder = new File([], 'folder')
    folder.arrayBuffer = async () => {
      throw new DOMException('', 'NotFoundError')
    }
    expect(await refusalOf(readFile(folder, signal))).toEqual({ reason: 'unreadable' })
  })
})

describe('a PDF', () => {
  it('is read page by page, line by line', async () => {
    const { mediaType, text } = await read(
      'two.pdf',
      pdf([['First line', 'second line'], ['The end']]),
    )
    expect(mediaType).toBe('application/pdf')
    expect(text).toBe('[Page 1 of 2]\nFirst line\nsecond line\n\n[Page 2 of 2]\nThe end')
  })

  it('is read in Chinese, by a character map that it only names', async () => {
    const { text } = await read('song.pdf', pdf([['你好，世界']], '', song))
    expect(text).toBe('[Page 1 of 1]\n你好，世界')
  })

  it('is refused where its character map cannot be had', async () => {
    const offline = async () => {
      throw new TypeError('Failed to fetch')
    }
    const reading = readFile(new File([pdf([['你好']], '', song)], 'song.pdf'), signal, (bytes) =>
      readPdf(bytes, signal, offline),
    )
    expect(await refusalOf(reading)).toEqual({ reason: 'pdf-reader-missing' })
  })

  it('is refused where it has pictures alone', async () => {
    expect(await refusalOf(read('scan.pdf', pdf([[], []])))).toEqual({ reason: 'pdf-without-text' })
  })

  it('is refused where a password protects it', async () => {
    const encrypt =
      '/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 ' +
      `/O <${'ab'.repeat(32)}> /U <${'cd'.repeat(32)}> >> /ID [<00> <00>]`
    expect(await refusalOf(read('secret.pdf', pdf([['secret']], encrypt)))).toEqual({
      reason: 'pdf-encrypted',
    })
  })

  it('is refused where it is none, or damaged', async () => {
    expect(await refusalOf(read('page.pdf', '<html>'))).toEqual({ reason: 'pdf-broken' })
    expect(await refusalOf(read('cut.pdf', pdf([['x']]).slice(0, 60)))).toEqual({
      reason: 'pdf-broken',
    })
  })

  it('is given up when it is taken away', async () => {
    const controller = new AbortController()
    const reading = readFile(new File([pdf([['x']])], 'a.pdf'), controller.signal, readPdfHere)
    controller.abort()
    await expect(reading).rejects.toBe(controller.signal.reason)
  })
})

function utf16(text: string, isLittleEndian: boolean): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(2 + 2 * text.length))
  for (const [index, sign] of [...`\ufeff${text}`].entries())
    view.setUint16(2 * index, sign.charCodeAt(0), isLittleEndian)
  return new Uint8Array(view.buffer)
}

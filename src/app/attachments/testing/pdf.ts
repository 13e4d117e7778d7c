interface PdfFont {
  /** Its dictionary. */
  object: string
  /** A line as it stands in a page's content. */
  encode: (line: string) => string
}

const helvetica: PdfFont = {
  object: '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  encode: (line) => `(${line})`,
}

/** Chinese as many programs write it: by a character map that every reader has to know. */
export const song: PdfFont = {
  object:
    '<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >> >>] >>',
  encode: (line) =>
    `<${[...line].map((sign) => sign.charCodeAt(0).toString(16).padStart(4, '0')).join('')}>`,
}

/**
 * A PDF of pages of lines (ISO 32000-1, section 7.5).
 * @param trailer what else stands in its trailer
 */
export function pdf(
  pages: readonly (readonly string[])[],
  trailer = '',
  font: PdfFont = helvetica,
): string {
  const pageIds = pages.map((_, index) => 4 + 2 * index)
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Count ${pages.length} /Kids [${pageIds.map((id) => `${id} 0 R`).join(' ')}] >>`,
    font.object,
    ...pages.flatMap((lines, index) => {
      const text = lines.map((line) => `${font.encode(line)} Tj 0 -20 Td`).join(' ')
      const content = `BT /F1 12 Tf 72 700 Td ${text} ET`
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents ${5 + 2 * index} 0 R >>`,
        `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
      ]
    }),
  ]
  let file = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const offset = file.length
    file += `${index + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`)
  return `${file}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries.join('')}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${file.length}\n%%EOF\n`
}

/** Rows as a Markdown table that is readable as it is; numbers with three digits. */
export function table(rows: readonly object[]): string {
  const columns = Object.keys(rows[0] ?? {})
  const cells = rows.map((row) => Object.values(row).map(cell))
  const lines = [columns, ...cells]
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)))
  const isNumeric = columns.map((_, i) =>
    rows.every((row) => typeof Object.values(row)[i] === 'number'),
  )
  const write = (line: readonly string[]) =>
    `| ${line
      .map((text, i) =>
        isNumeric[i] ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0),
      )
      .join(' | ')} |`
  const rule = `|${widths.map((width, i) => '-'.repeat(width + 1) + (isNumeric[i] ? ':' : '-')).join('|')}|`
  return [write(columns), rule, ...cells.map(write)].join('\n')
}

const cell = (value: unknown) => (typeof value === 'number' ? threeDigits(value) : String(value))

/** A number to three digits, without an exponent: 0.0123, 4.56, 789, 12300. */
export const threeDigits = (value: number) =>
  value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))

import { formatBytes, formatCount, formatPercent, formatRate } from '../format'
import { t } from '../i18n/t'
import { adapterName } from '../model/device-report'
import type { Speeds } from './benchmark'
import type { Report } from './benchmark-store'

/** A row of the table: what was measured after one context, as text. */
export interface ReportRow {
  context: string
  decode: string
  share: string
  prefill: string
  firstToken: string
}

export const columnNames = (): ReportRow => ({
  context: t('Context, tokens'),
  decode: t('Decode, tok/s'),
  share: t('Of memory speed'),
  prefill: t('Prefill, tok/s'),
  firstToken: t('First token, ms'),
})

export function rowOf({ contextTokens, decode, prefill, firstTokenMs }: Speeds): ReportRow {
  return {
    context: formatCount(contextTokens),
    decode: decode ? formatRate(decode.tokensPerSecond.median) : '',
    share: decode?.shareOfCopy === undefined ? t('not known') : formatPercent(decode.shareOfCopy),
    prefill: formatRate(prefill.median),
    firstToken: formatCount(Math.round(firstTokenMs.median)),
  }
}

/** What the figures stand on, one line each. */
export function reportFacts(report: Report, name: string): string[] {
  const { info, copyBytesPerSecond, promptTokens, decodedTokens } = report
  const { adapter } = info
  return [
    t('{{model}}, {{bytes}} of weights ({{format}})', {
      model: name,
      bytes: formatBytes(info.weightBytes),
      format: info.format,
    }),
    t('GPU: {{name}} (vendor {{vendor}}, architecture {{architecture}})', {
      name: adapterName(adapter),
      vendor: adapter.vendor || t('not told'),
      architecture: adapter.architecture || t('not told'),
    }),
    ...(adapter.isSoftware
      ? [t('It is the processor that computes here, in place of a GPU.')]
      : []),
    ...(copyBytesPerSecond === undefined
      ? []
      : [t('Memory speed: {{bytes}} a second copied', { bytes: formatBytes(copyBytesPerSecond) })]),
    t(
      'Prompts of {{prompt}} tokens, {{decoded}} decoded after each; medians of up to five rounds',
      {
        prompt: promptTokens,
        decoded: decodedTokens,
      },
    ),
  ]
}

/** The whole result in Markdown, to be pasted where others compare theirs. */
export function reportMarkdown(report: Report, name: string, userAgent: string): string {
  const line = (row: ReportRow) => `| ${Object.values(row).join(' | ')} |`
  const columns = columnNames()
  const facts = [
    ...reportFacts(report, name),
    t('Browser: {{userAgent}}', { userAgent }),
    t('Alcove {{build}}, {{date}}', {
      build: import.meta.env.VITE_COMMIT,
      date: new Date(report.measuredAt).toISOString().slice(0, 10),
    }),
  ]
  return [
    line(columns),
    `|${Object.values(columns)
      .map(() => '---:|')
      .join('')}`,
    ...report.speeds.map((speeds) => line(rowOf(speeds))),
    '',
    ...facts.map((fact) => `- ${fact}`),
    '',
  ].join('\n')
}

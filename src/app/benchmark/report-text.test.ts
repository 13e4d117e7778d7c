import { expect, it } from 'vitest'
import type { ModelInfo } from '../../engine/index'
import type { Report } from './benchmark-store'
import { reportMarkdown } from './report-text'

const adapter = {
  ...{ vendor: 'acme', architecture: 'one', description: '', isSoftware: false },
  subgroups: true,
}
const even = (median: number) => ({ median, low: median, high: median })
const speedsAt = (contextTokens: number, tokensPerSecond: number) => ({
  contextTokens,
  prefill: even(1234),
  firstTokenMs: even(207.6),
  decode: {
    tokensPerSecond: even(tokensPerSecond),
    dispatchesPerToken: 147,
    bytesPerToken: 2.5e9,
    shareOfCopy: 0.618,
  },
})
const report: Report = {
  info: { weightBytes: 13.7e9, format: 'safetensors', adapter } as ModelInfo,
  copyBytesPerSecond: 400e9,
  promptTokens: 256,
  decodedTokens: 64,
  measuredAt: Date.UTC(2026, 10, 23),
  speeds: [speedsAt(0, 98.7), speedsAt(8192, 9.44)],
}

it('is a table that Markdown shows, and all that one must know to compare it', () => {
  expect(reportMarkdown(report, 'gpt-oss-20b', 'A Browser/1')).toBe(`\
| Context, tokens | Decode, tok/s | Of memory speed | Prefill, tok/s | First token, ms |
|---:|---:|---:|---:|---:|
| 0 | 99 | 61 % | 1,234 | 208 |
| 8,192 | 9.4 | 61 % | 1,234 | 208 |

- gpt-oss-20b, 13.7 GB of weights (safetensors)
- GPU: acme one (vendor acme, architecture one)
- Memory speed: 400 GB a second copied
- Prompts of 256 tokens, 64 decoded after each; medians of up to five rounds
- Browser: A Browser/1
- Alcove ${import.meta.env.VITE_COMMIT}, 2026-11-23
`)
})

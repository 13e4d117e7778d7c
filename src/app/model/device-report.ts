import type { AdapterSummary, DeviceReport, ProbeReport } from '../../engine/index'
import { formatBytes } from '../format'
import { t } from '../i18n/t'
import { verdictText } from './verdict-text'

/** What to call a graphics device; browsers tell more or less of it. */
export function adapterName({ description, vendor, architecture }: AdapterSummary): string {
  return description || [vendor, architecture].filter(Boolean).join(' ') || t('A graphics device')
}

export interface DeviceFact {
  name: string
  value: string
  /** Why it matters, for people who do not program GPUs. */
  meaning: string
}

/** Features and limits of a device in human words. */
export function deviceFacts({ adapter, limits }: DeviceReport): readonly DeviceFact[] {
  return [
    {
      name: t('Computes on'),
      value: adapter.isSoftware ? t('The processor') : t('A graphics device'),
      meaning: adapter.isSoftware
        ? t('The browser found no graphics device it may use: large models are far too slow here.')
        : t('A model lies in its memory while you chat.'),
    },
    {
      name: t('Subgroups'),
      value: adapter.subgroups ? t('Yes') : t('No'),
      meaning: adapter.subgroups
        ? t('Neighbouring threads share sums directly, which is faster.')
        : t('Works all the same, somewhat slower.'),
    },
    {
      name: t('Largest buffer'),
      value: formatBytes(limits.maxBufferSize),
      meaning: t('Larger tensors are cut into several.'),
    },
    {
      name: t('Largest binding'),
      value: formatBytes(limits.maxStorageBufferBindingSize),
      meaning: t('What one step of the computation can see of a buffer.'),
    },
  ]
}

interface Probed {
  name: string
  probe: ProbeReport | undefined
}

/** The device check as text to paste into a message. */
export function deviceReportText(
  device: DeviceReport,
  models: readonly Probed[],
  userAgent: string,
): string {
  const { adapter } = device
  const lines = [
    t('GPU: {{name}} (vendor {{vendor}}, architecture {{architecture}})', {
      name: adapterName(adapter),
      vendor: adapter.vendor || t('not told'),
      architecture: adapter.architecture || t('not told'),
    }),
    ...deviceFacts(device).map(({ name, value }) => `${name}: ${value}`),
    ...models.map(({ name, probe }) =>
      probe
        ? t('{{name}}: {{verdict}} (granted {{granted}} of {{needed}})', {
            name,
            verdict: verdictText(probe.memory).title,
            granted: formatBytes(probe.grantedBytes),
            needed: formatBytes(probe.neededBytes),
          })
        : t('{{name}}: not tested', { name }),
    ),
    t('Browser: {{userAgent}}', { userAgent }),
  ]
  return `${lines.join('\n')}\n`
}

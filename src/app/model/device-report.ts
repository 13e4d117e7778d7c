import type { AdapterSummary, DeviceReport, ProbeReport } from '../../engine/index'
import { formatBytes } from '../format'
import { verdictText } from './verdict-text'

/** What to call a graphics device; browsers tell more or less of it. */
export function adapterName({ description, vendor, architecture }: AdapterSummary): string {
  return description || [vendor, architecture].filter(Boolean).join(' ') || 'A graphics device'
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
      name: 'Computes on',
      value: adapter.isSoftware ? 'The processor' : 'A graphics device',
      meaning: adapter.isSoftware
        ? 'The browser found no graphics device it may use: large models are far too slow here.'
        : 'A model lies in its memory while you chat.',
    },
    {
      name: '16-bit floats',
      value: adapter.f16 ? 'Yes' : 'No',
      meaning: adapter.f16
        ? 'A context takes half of the memory.'
        : 'Works all the same; a context takes twice the memory.',
    },
    {
      name: 'Subgroups',
      value: adapter.subgroups ? 'Yes' : 'No',
      meaning: adapter.subgroups
        ? 'Neighbouring threads share sums directly, which is faster.'
        : 'Works all the same, somewhat slower.',
    },
    {
      name: 'Largest buffer',
      value: formatBytes(limits.maxBufferSize),
      meaning: 'Larger tensors are cut into several.',
    },
    {
      name: 'Largest binding',
      value: formatBytes(limits.maxStorageBufferBindingSize),
      meaning: 'What one step of the computation can see of a buffer.',
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
    `GPU: ${adapterName(adapter)} (vendor ${adapter.vendor || 'not told'}, architecture ${adapter.architecture || 'not told'})`,
    ...deviceFacts(device).map(({ name, value }) => `${name}: ${value}`),
    ...models.map(({ name, probe }) =>
      probe
        ? `${name}: ${verdictText(probe.memory).title} (granted ${formatBytes(probe.grantedBytes)} of ${formatBytes(probe.neededBytes)})`
        : `${name}: not tested`,
    ),
    `Browser: ${userAgent}`,
  ]
  return `${lines.join('\n')}\n`
}

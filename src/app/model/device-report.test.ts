import { expect, it } from 'vitest'
import type { AdapterSummary, DeviceReport } from '../../engine/index'
import { adapterName, deviceFacts, deviceReportText } from './device-report'

const adapter: AdapterSummary = {
  vendor: 'nvidia',
  architecture: 'ada',
  description: '',
  isSoftware: false,
  subgroups: false,
}
const device: DeviceReport = {
  adapter,
  limits: { maxBufferSize: 4 * 2 ** 30, maxStorageBufferBindingSize: 2 * 2 ** 30 },
}

it('names a device by whatever its browser tells', () => {
  expect(adapterName({ ...adapter, description: 'RTX 4090' })).toBe('RTX 4090')
  expect(adapterName(adapter)).toBe('nvidia ada')
  expect(adapterName({ ...adapter, vendor: '', architecture: '' })).toBe('A graphics device')
})

it('says what a feature means', () => {
  const [kind, subgroups] = deviceFacts(device)
  expect(kind).toMatchObject({ value: 'A graphics device' })
  expect(subgroups).toMatchObject({ value: 'No', meaning: expect.stringContaining('slower') })
})

it('puts all of it into a report that can be pasted', () => {
  const memory = {
    contextTokens: 8192,
    weightBytes: 13e9,
    kvCacheBytes: 1e9,
    scratchBytes: 0,
    totalBytes: 14e9,
    bufferCount: 1,
    largestBufferBytes: 1e9,
    verdict: { fit: 'fits' },
  } as const
  const probe = { neededBytes: 14e9, grantedBytes: 14e9, memory }
  const text = deviceReportText(
    device,
    [
      { name: 'gpt-oss-20b', probe },
      { name: 'gpt-oss-120b', probe: undefined },
    ],
    'TestBrowser/1',
  )
  expect(text).toContain('vendor nvidia, architecture ada')
  expect(text).toContain('Largest buffer: 4.3 GB')
  expect(text).toContain('gpt-oss-20b: Fits (granted 14.0 GB of 14.0 GB)')
  expect(text).toContain('gpt-oss-120b: not tested')
  expect(text).toContain('TestBrowser/1')
})

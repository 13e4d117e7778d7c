import { expect, it } from 'vitest'
import { allowedHosts, allowHost, forbidHost } from './allowed-hosts'

function createStorage() {
  const items = new Map<string, string>()
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  }
}

it('a host goes with those that it sends on to, unless another needs them', () => {
  const storage = createStorage()
  const shared = ['https://*.hf.co', 'https://*.huggingface.co']
  allowHost('https://huggingface.co', storage)
  allowHost('https://hf-mirror.com', storage)
  forbidHost('https://huggingface.co', storage)
  expect(allowedHosts(storage)).toEqual([...shared, 'https://hf-mirror.com'])
  forbidHost('https://hf-mirror.com', storage)
  expect(allowedHosts(storage)).toEqual([])
})

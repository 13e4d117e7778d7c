import { describe, expect, it } from 'vitest'
import { errorText } from '../error-text'

describe('the text of a server’s error', () => {
  it('says both causes of silence, and how each server is told to allow this page', () => {
    const { happened, remedy } = errorText({
      code: 'remote-unreachable',
      host: 'gpu-box:8000',
      pageOrigin: 'https://page.example',
    })
    expect(happened).toContain('gpu-box:8000')
    expect(remedy).toContain('Check its address, and that it runs')
    expect(remedy).toContain('OLLAMA_ORIGINS=https://page.example')
    expect(remedy).toContain(`--allowed-origins '["https://page.example"]'`)
    expect(remedy).toContain('--cors-origins https://page.example')
  })

  it('tells a missing key from a wrong one, and quotes the server as it is', () => {
    const refused = {
      code: 'remote-unauthorized',
      host: 'box',
      status: 401,
      message: '<b>{{host}} $t(Cancel)</b>',
    } as const
    expect(errorText({ ...refused, hasKey: false }).happened).toContain('wants a key (401)')
    const { happened } = errorText({ ...refused, hasKey: true })
    expect(happened).toContain('does not accept the key (401)')
    expect(happened).toContain('“<b>{{host}} $t(Cancel)</b>”')
  })

  it('adds nothing where the server says nothing', () => {
    const { happened } = errorText({ code: 'remote-status', host: 'box', status: 502, message: '' })
    expect(happened).toBe('box answered 502.')
  })

  it('names the server that a conversation has lost', () => {
    expect(errorText({ code: 'remote-missing', name: 'My box' }).happened).toContain('“My box”')
  })
})

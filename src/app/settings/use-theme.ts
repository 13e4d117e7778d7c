import { useLayoutEffect } from 'react'
import type { Theme } from '../stores/settings-store'

/** The paper of both themes, in which phones draw what is around the page (tokens.css: --paper). */
const papers = { light: '#faf9f6', dark: '#171614' }

/** Shows the page in the theme that was chosen. */
export function useTheme(theme: Theme) {
  useLayoutEffect(() => {
    const { dataset } = document.documentElement
    if (theme === 'system') delete dataset.theme
    else dataset.theme = theme
    const metas = document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')
    for (const meta of metas) {
      const own = meta.media.includes('dark') ? 'dark' : 'light'
      meta.content = papers[theme === 'system' ? own : theme]
    }
  }, [theme])
}

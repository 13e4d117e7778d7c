import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { VitePWA } from 'vite-plugin-pwa'
import { defineConfig } from 'vitest/config'
import { adapterEnvironment } from './tools/test/adapters.mjs'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** A Vitest project that runs the `*.gpu.test.ts` files on one software adapter. */
const gpuProject = (adapter: 'swiftshader' | 'llvmpipe') => ({
  extends: true as const,
  test: {
    name: adapter,
    include: ['src/**/*.gpu.test.ts', 'tools/**/*.gpu.test.ts'],
    env: adapterEnvironment(adapter),
    pool: 'forks' as const,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})

/**
 * A service worker that keeps the page itself, so that it opens without a network; the models are in
 * IndexedDB already and their requests pass it by. A new version takes over once every tab of the
 * old one is closed, never under a conversation.
 */
const offlineShell = () =>
  VitePWA({
    manifest: false,
    injectRegister: 'script-defer',
    workbox: {
      globPatterns: ['**/*.{html,js,css,woff2,svg}'],
      // What reads PDFs is larger than all the rest: it comes with the first of them, and stays.
      globIgnores: ['assets/pdf*.js'],
      runtimeCaching: [{ urlPattern: /\/assets\/pdf.*\.js$/, handler: 'CacheFirst' }],
      navigateFallbackDenylist: [/\/models\//],
    },
  })

export default defineConfig(({ mode }) => ({
  base: './',
  resolve: { alias: { '#shaders': path('shaders') } },
  plugins: [react(), mode !== 'lib' && offlineShell()],
  worker: { format: 'es' as const },
  build:
    mode === 'lib'
      ? {
          outDir: 'dist/lib',
          copyPublicDir: false,
          lib: {
            entry: { engine: path('src/engine/index.ts'), worker: path('src/worker/client.ts') },
            formats: ['es' as const],
          },
        }
      : { outDir: 'dist/app', target: 'es2023' },
  test: {
    projects: [
      {
        extends: true as const,
        test: {
          name: 'unit',
          // Vitest leaves one core idle, which is half of a small machine.
          maxWorkers: '100%',
          include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
          exclude: ['**/*.gpu.test.ts', '**/node_modules/**'],
        },
      },
      gpuProject('swiftshader'),
      gpuProject('llvmpipe'),
    ],
  },
}))

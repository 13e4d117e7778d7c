import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { defineConfig } from 'vitest/config'
import { commit } from './bench/commit.mjs'
import { policyText } from './tools/headers.mjs'
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

/** Builds src/service-worker/sw.ts, and gives it the list of files that it keeps. */
const serviceWorker = () =>
  VitePWA({
    strategies: 'injectManifest',
    srcDir: 'src/service-worker',
    filename: 'sw.ts',
    // Ours is public/manifest.webmanifest, and src/app/pwa registers the worker.
    manifest: false,
    injectRegister: false,
    injectManifest: {
      rollupFormat: 'iife',
      globPatterns: [
        'icons/*.png',
        '**/*.{html,js,css,woff2,svg,webmanifest}',
        'models/gpt-oss-mini/*.{json,safetensors}',
      ],
    },
  })

/**
 * The policy as a meta tag, for hosts that send no headers. Development goes without: there, scripts
 * and styles are put into the page as they change.
 */
const policyTag = (): Plugin => ({
  name: 'policy-tag',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: policyText },
      injectTo: 'head-prepend',
    },
  ],
})

export default defineConfig(({ mode }) => ({
  base: './',
  resolve: { alias: { '#shaders': path('shaders') } },
  plugins: [react(), policyTag(), mode !== 'lib' && serviceWorker()],
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
      : {
          outDir: 'dist/app',
          target: 'es2023',
          // The policy knows no fonts from data: addresses.
          assetsInlineLimit: 0,
          // Beside the app, the view that other pages frame, and the benchmark.
          rolldownOptions: { input: ['index.html', 'embed.html', 'bench.html'].map(path) },
        },
  define: { 'import.meta.env.VITE_COMMIT': JSON.stringify(commit()) },
  test: {
    projects: [
      {
        extends: true as const,
        test: {
          name: 'unit',
          // Vitest leaves one core idle, which is half of a small machine.
          maxWorkers: '100%',
          // One module graph for all files of a worker takes half the time. What a test changes beside
          // its own variables it has to put back.
          isolate: false,
          unstubGlobals: true,
          include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.ts'],
          exclude: ['**/*.gpu.test.ts', '**/node_modules/**'],
        },
      },
      gpuProject('swiftshader'),
      gpuProject('llvmpipe'),
    ],
  },
}))

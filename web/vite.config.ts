import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds a server: the real one, or `npm run mock`. */
const server = process.env.PLUGBOARD_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/',
  plugins: [svelte()],
  build: {
    outDir: 'dist/agent',
    emptyOutDir: true,
    target: 'es2022',
    // Fonts and icons stay files: the page's content security policy allows no data: except in images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 400,
  },
  server: {
    port: 5173,
    proxy: {
      '/api': { target: server, ws: true },
      '/chat': { target: server, ws: true },
      '/widget': { target: server },
    },
  },
  test: {
    include: ['tests/unit/**/*.test.ts'],
    environment: 'node',
  },
});

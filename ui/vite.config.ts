import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const server = { target: 'https://localhost:8443', secure: false, changeOrigin: false };

export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte({ configFile: `${import.meta.dirname}/svelte.config.js` })],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // light-dark() is used as it is: Chrome and Edge 123, Firefox 120, Safari 17.5. The viewer's WebCodecs ask for no less.
    target: ['es2022', 'chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // The server's policy allows no data: URI outside images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: { '/api': server, '/ca.crt': server, '/live': { ...server, ws: true }, '/stream': { ...server, ws: true } },
  },
});

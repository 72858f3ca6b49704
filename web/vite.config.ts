import { defineConfig } from 'vitest/config';
import { precompress } from './plugins/precompress.ts';
import { socketIoBundles } from './plugins/socket-io-bundles.ts';

/** The server that `npm run dev` passes `/api` and `/socket.io` on to. */
const server = process.env.TERTULIA_URL ?? 'http://localhost:3000';

export default defineConfig({
  // The bundles must be there before everything is compressed.
  plugins: [socketIoBundles(), precompress()],
  build: {
    target: 'es2022',
    // The page runs under `default-src 'self'`: nothing may become a data: address.
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.md' },
  },
  server: {
    proxy: {
      '/api': { target: server, changeOrigin: true },
      '/socket.io': { target: server, changeOrigin: true, ws: true },
    },
  },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'] },
});

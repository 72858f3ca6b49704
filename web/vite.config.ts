import { defineConfig } from 'vitest/config';
import { precompress } from './plugins/precompress.ts';
import { socketIoBundles } from './plugins/socket-io-bundles.ts';
import { swaggerUi } from './plugins/swagger-ui.ts';

/** The server that `npm run dev` passes these paths on to. */
const server = process.env.TERTULIA_URL ?? 'http://localhost:3000';

export default defineConfig({
  // What is copied must be there before everything is compressed.
  plugins: [socketIoBundles(), swaggerUi(), precompress()],
  build: {
    target: 'es2022',
    // The page runs under `default-src 'self'`: nothing may become a data: address.
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.md' },
  },
  server: {
    proxy: {
      '/api': { target: server, changeOrigin: true },
      '/swagger': { target: server, changeOrigin: true },
      '/socket.io': { target: server, changeOrigin: true, ws: true },
    },
  },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'] },
});

import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

/** What the page needs of the package `swagger-ui-dist`, and under which name. */
const PACKAGED = {
  'swagger-ui.css': 'swagger-ui.css',
  'swagger-ui-bundle.js': 'swagger-ui-bundle.js',
  'swagger-ui-bundle.js.LICENSE.txt': 'swagger-ui-bundle.js.LICENSE.txt',
  LICENSE: 'LICENSE.txt',
  NOTICE: 'NOTICE.txt',
};

/** The page itself, which is ours. */
const OWN = ['index.html', 'start.js'];

/** Puts the page of the API, and Swagger UI for it, into `swagger/`. */
export function swaggerUi(): Plugin {
  return {
    name: 'tertulia:swagger-ui',
    apply: 'build',
    async writeBundle({ dir }) {
      if (dir === undefined) throw new Error('the build has no output folder');
      await copyPage(join(dir, 'swagger'));
    },
  };
}

async function copyPage(target: string): Promise<void> {
  const own = fileURLToPath(new URL('../swagger/', import.meta.url));
  const packaged = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  await mkdir(target, { recursive: true });
  await Promise.all([
    ...OWN.map((name) => copyFile(join(own, name), join(target, name))),
    ...Object.entries(PACKAGED).map(([from, to]) =>
      copyFile(join(packaged, from), join(target, to)),
    ),
  ]);
}

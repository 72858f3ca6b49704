import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';

/** What a Socket.IO server offers under `/socket.io/`, each with its map if the package has one. */
const BUNDLES = [
  'socket.io.js',
  'socket.io.min.js',
  'socket.io.esm.min.js',
  'socket.io.msgpack.min.js',
];

/** Puts the bundles of the package `socket.io-client`, and its `VERSION`, into `socket.io/`. */
export function socketIoBundles(): Plugin {
  return {
    name: 'tertulia:socket-io-bundles',
    apply: 'build',
    async writeBundle({ dir }) {
      if (dir === undefined) throw new Error('the build has no output folder');
      await copyBundles(join(dir, 'socket.io'));
    },
  };
}

async function copyBundles(target: string): Promise<void> {
  const manifest = createRequire(import.meta.url).resolve('socket.io-client/package.json');
  const source = join(dirname(manifest), 'dist');
  const wanted = new Set(BUNDLES.flatMap((name) => [name, `${name}.map`]));
  const present = (await readdir(source)).filter((name) => wanted.has(name));
  const missing = BUNDLES.filter((name) => !present.includes(name));
  if (missing.length > 0) throw new Error(`socket.io-client lacks ${missing.join(', ')}`);

  await mkdir(target, { recursive: true });
  await Promise.all(present.map((name) => copyFile(join(source, name), join(target, name))));
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  await writeFile(join(target, 'VERSION'), version);
}

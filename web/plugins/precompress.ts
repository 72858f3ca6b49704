import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const COMPRESSIBLE = new Set(['.html', '.js', '.css', '.svg', '.map', '.json', '.md', '.txt']);

const forms = [
  { suffix: '.gz', compress: (bytes: Buffer) => promisify(gzip)(bytes, { level: 9 }) },
  { suffix: '.br', compress: compressWithBrotli },
];

/** Writes `x.br` and `x.gz` beside each text file, so that the server never compresses. */
export function precompress(): Plugin {
  return {
    name: 'tertulia:precompress',
    apply: 'build',
    enforce: 'post',
    writeBundle: {
      order: 'post',
      sequential: true,
      async handler({ dir }) {
        if (dir === undefined) throw new Error('the build has no output folder');
        const files = await readdir(dir, { recursive: true });
        const texts = files.filter((file) => COMPRESSIBLE.has(extname(file)));
        await Promise.all(texts.map((file) => compressFile(join(dir, file))));
      },
    },
  };
}

async function compressFile(path: string): Promise<void> {
  const bytes = await readFile(path);
  for (const { suffix, compress } of forms) {
    const smaller = await compress(bytes);
    // A tiny file can grow; the server then sends it as it is.
    if (smaller.length < bytes.length) await writeFile(path + suffix, smaller);
  }
}

function compressWithBrotli(bytes: Buffer): Promise<Buffer> {
  return promisify(brotliCompress)(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

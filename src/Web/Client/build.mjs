// Bundles the pages into ../Assets. The result is committed: a build of the program needs no Node.js, and a test runs this
// again and compares. --out DIR writes elsewhere.
import { build } from 'esbuild';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.indexOf('--out');
const out = wanted > 0 ? resolve(process.argv[wanted + 1]) : join(here, '../Assets');
await mkdir(out, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: { viewer: 'src/main.ts' },
  outdir: out,
  bundle: true,
  minify: true,
  charset: 'utf8',
  target: 'es2022',
  format: 'esm',
  legalComments: 'inline',
  logLevel: 'warning',
});
await copyFile(join(here, 'src/index.html'), join(out, 'index.html'));
await copyFile(join(here, 'src/icon.svg'), join(out, 'icon.svg'));

// The product's reading views, bundled from their source.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The product's `viewOf`: the view of a document. */
export async function loadViews() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-views-'));
  const outfile = path.join(folder, 'views.mjs');
  const entryPoints = [path.join(root, 'server/views/choose-view.ts')];
  await build({
    entryPoints,
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  const { viewOf } = await import(pathToFileURL(outfile).href);
  rmSync(folder, { recursive: true });
  return viewOf;
}

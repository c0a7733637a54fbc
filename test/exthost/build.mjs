// Bundles the tests of this folder, the fake sidecar and a server into out-test/exthost, as CommonJS: that is what VS Code loads.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));

export async function buildTests() {
  const tests = readdirSync(here).filter((file) => file.endsWith('.test.ts'));
  await build({
    entryPoints: ['index.ts', 'fake-sidecar.ts', 'kserve-process.ts', ...tests].map((file) => path.join(here, file)),
    outdir: path.join(here, '..', '..', 'out-test', 'exthost'),
    bundle: true,
    platform: 'node',
    target: 'node20.18',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}

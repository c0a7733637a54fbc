// Bundles: extension (tiny; loads client.js at the first question), sidecar, worker, CLI. `--test` bundles the tests too.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const tests = process.argv.includes('--test');
const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.18',
  format: 'cjs',
  mainFields: ['module', 'main'],
  external: ['vscode', 'onnxruntime-node', './client.js'],
  logLevel: 'warning',
  legalComments: 'none',
};

await build({
  ...common,
  minify: true,
  entryPoints: {
    extension: 'src/extension.ts',
    client: 'src/client.ts',
    sidecar: 'server/sidecar.ts',
    worker: 'server/worker.ts',
    cli: 'server/cli.ts',
  },
  outdir: 'dist',
  sourcemap: false,
});

if (tests) {
  const entries = (folder) =>
    readdirSync(folder)
      .filter((f) => f.endsWith('.test.ts'))
      .map((f) => path.join(folder, f));
  await build({
    ...common,
    external: [...common.external, 'mocha', 'fast-check', 'esbuild', 'playwright-core'],
    entryPoints: [...entries('test/unit'), ...entries('test/server')],
    outdir: 'out-test',
    outbase: 'test',
    sourcemap: 'inline',
  });
}

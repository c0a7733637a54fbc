// `npm run test:gpu [-- OPTIONS of run.ts]`: builds what is missing, then runs test/gpu/run.ts under plain Node.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const steps = [
  ['scripts/build-native.mjs', '--require'],
  ['esbuild.mjs', '--gpu'],
  ['out-test/gpu/run.js', ...process.argv.slice(2)],
];
for (const step of steps) {
  const { status } = spawnSync(process.execPath, step, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    process.exitCode = status ?? 1;
    break;
  }
}

// `npm run bench:gpu [-- --tensorrt FOLDER --python PYTHON --models large,base --lengths 128,384 --batches '1,32;8,128'
// --cache DIR --work DIR --scenarios FILE --out FILE]`: GPU time of BERT on TensorRT compared with PyTorch on the same
// weights and GPU, in one run; INT8 and FP8 too, where FILE, the results of the part `scenarios` of test/gpu, has them.
// No figure passes or fails; without a usable TensorRT, or if time runs out, it exits 1.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rowsOf, tableOf } from './gpu-results.mjs';

const { values: o } = parseArgs({
  options: {
    tensorrt: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    models: { type: 'string', default: 'large,base' },
    lengths: { type: 'string', default: '128,384' },
    batches: { type: 'string', default: '1,32;8,128' },
    /** Batches that PyTorch is measured on. */
    'peer-batches': { type: 'string', default: '1,32' },
    cache: { type: 'string' },
    work: { type: 'string' },
    parallel: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '3600' },
    /** JSON that test/gpu has written (--out). */
    scenarios: { type: 'string' },
    /** All of it as JSON. */
    out: { type: 'string' },
  },
});
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const scratch = mkdtempSync(path.join(tmpdir(), 'ask-bert-bench-gpu-'));
const work = o.work ?? scratch;
const began = performance.now();
const left = () => Number(o.seconds) - (performance.now() - began) / 1000;

function run(command, args, stdio = 'inherit') {
  const r = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', stdio, 'inherit'],
    maxBuffer: 1 << 28,
  });
  if (r.error || r.status !== 0) console.error(`${command} failed: ${r.error?.message ?? `exit code ${r.status}`}`);
  return r;
}

// A packed copy (scripts/pack-gpu.mjs) has the built files, but no build tools.
if (existsSync(path.join(root, 'node_modules', 'esbuild'))) {
  run(process.execPath, ['scripts/build-native.mjs', '--require']);
  run(process.execPath, ['esbuild.mjs', '--gpu']);
}
try {
  const out = path.join(work, 'bench-gpu.json');
  const flags = ['--parts', 'latency', '--models', o.models, '--batches', o.batches, '--parallel', o.parallel];
  flags.push('--out', out, '--work', work, '--seconds', String(Math.floor(left())));
  for (const name of ['tensorrt', 'cache']) if (o[name]) flags.push(`--${name}`, path.resolve(o[name]));
  const { status } = run(process.execPath, ['out-test/gpu/run.js', ...flags]);
  if (status !== 0) process.exitCode = 1;
  const ours = (existsSync(out) && JSON.parse(readFileSync(out, 'utf8')).latency) || [];
  if (ours.length === 0) throw new Error('nothing was measured');
  const folders = o.models.split(',').map((name) => path.join(work, name));
  const args = [
    'bench/gpu_peers.py',
    folders.join(','),
    o.lengths,
    o['peer-batches'],
    String(Math.max(1, left() - 30)),
  ];
  const { stdout } = run(o.python, args, 'pipe');
  // The last line, unless it has failed.
  const found = (stdout ?? '').split('\n').findLast((line) => line.startsWith('{'));
  const peers = found ? JSON.parse(found) : { versions: {}, cells: [] };
  const recorded = o.scenarios && existsSync(o.scenarios) ? JSON.parse(readFileSync(o.scenarios, 'utf8')) : {};
  const rows = rowsOf(ours, recorded, peers.cells);
  const versions = Object.entries(peers.versions).map((each) => each.join(' '));
  console.log(`\n${[...versions, 'milliseconds, average of the GPU time; PyTorch in FP16'].join(', ')}\n`);
  console.log(tableOf(rows));
  const end = process.exitCode === undefined && left() >= 0;
  if (o.out) writeFileSync(o.out, JSON.stringify({ latency: ours, peers, rows, end }, undefined, 1));
  if (left() < 0) throw new Error('no time left');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

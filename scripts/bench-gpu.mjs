// `npm run bench:gpu [-- --tensorrt FOLDER --python PYTHON --models large,base --lengths 128,384 --batches '1,32;8,128'
// --cache DIR --work DIR]`: GPU time of BERT on TensorRT compared with PyTorch on the same weights and GPU, in one run.
// No figure passes or fails; without a usable TensorRT it exits 1.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

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
  const peers = JSON.parse((stdout ?? '').trim().split('\n').at(-1) || '{"versions":{},"cells":[]}');
  console.log(
    `\n${Object.entries(peers.versions)
      .map((v) => v.join(' '))
      .join(', ')}; FP16, milliseconds, average of the GPU time\n`,
  );
  console.log('| model | length | batch | Ask BERT | torch eager (SDPA) | torch.compile | torch.compile / Ask BERT |');
  console.log('|---|---|---|---|---|---|---|');
  for (const { model, length, batch, average } of ours) {
    const of = (peer) =>
      peers.cells.find((c) => c.peer === peer && c.model === model && c.length === length && c.batch === batch)
        ?.average;
    const [eager, compiled] = [of('torch eager'), of('torch.compile')];
    const cells = [model, length, batch, average.toFixed(3), eager?.toFixed(3) ?? '', compiled?.toFixed(3) ?? ''];
    console.log(`| ${cells.join(' | ')} | ${compiled ? (compiled / average).toFixed(2) : ''} |`);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

// The remote engine and the exported model against real servers and libraries; not part of `npm test`. Usage:
//   node test/serving/run.mjs [--triton PYTHON] [--mlserver PYTHON] [--python PYTHON] [--transformers MODULE]
//     [--questions N]
// PYTHON has nvidia-pytriton and onnxruntime, or mlserver and onnxruntime, or tokenizers and onnxruntime; MODULE is the
// entry of @huggingface/transformers. Each part that is named is run, and prints a line of JSON.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { testBundles } from '../../esbuild.mjs';

const flags = Object.fromEntries(
  process.argv.slice(2).flatMap((each, i, all) => (each.startsWith('--') ? [[each.slice(2), all[i + 1]]] : [])),
);
if (flags.questions) process.env.ASKBERT_QUESTIONS = flags.questions;
const here = (name) => path.resolve('test', 'serving', name);
const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-serving-'));
const children = [];

/** Ends with the line that a program printed. */
const printed = (program, ...args) =>
  JSON.parse(
    execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] }),
  );
const say = (what, value) => console.log(JSON.stringify({ what, ...value }));
const check = path.join('out-test', 'serving', 'check.js');
const ours = (...args) => printed(process.execPath, check, ...args);

async function serve(program, args, options, url) {
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true, ...options });
  children.push(child);
  for (let i = 0; i < 240; i++) {
    const ready = await fetch(`${url}/v2/models/ask-bert/ready`).catch(() => undefined);
    if (ready?.ok) return child;
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${program} does not serve the model`);
}

function end(child) {
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch {
    // It has ended.
  }
}

const agree = (peer, windows, spans) => ({
  windows: windows.length,
  sameIds: peer.filter(({ ids }, i) => JSON.stringify(ids) === JSON.stringify(windows[i].ids)).length,
  ...(spans && { sameSpans: peer.filter(({ span }, i) => JSON.stringify(span) === JSON.stringify(spans[i])).length }),
});

try {
  await build(testBundles(['test/serving/check.ts'], false));
  const exported = path.join(folder, 'exported');
  execFileSync(process.execPath, ['dist/cli.js', 'export', 'embedded', exported, '--for', 'onnx']);
  const onnx = path.join(exported, 'onnx', 'model.onnx');
  const file = path.join(folder, 'windows.json');
  execFileSync(process.execPath, [check, 'windows', file]);
  const windows = JSON.parse(readFileSync(file, 'utf8'));
  let spans;
  if (flags.triton) {
    const url = 'http://127.0.0.1:18400';
    const child = await serve(flags.triton, [here('triton_server.py'), onnx, '18400', '1'], {}, url);
    const { spans: right, ...result } = ours('compare', url);
    spans = right;
    say('triton', result);
    if (flags.python) {
      // Windows of one length, so that both compute the same: in turns, since the machine has other work.
      const full = windows.filter(({ ids }) => ids.length >= 128).slice(0, 128);
      const equal = full.map((each) => ({ ...each, ids: each.ids.slice(0, 128), types: each.types.slice(0, 128) }));
      const some = path.join(folder, 'equal.json');
      writeFileSync(some, JSON.stringify(equal));
      for (let i = 0; i < 3; i++) {
        const inProcess = printed(flags.python, here('python_peer.py'), exported, 'rate', some, '32', '1');
        const remote = ours('rate', url, some);
        say('rate', { inProcess, remote, share: remote / inProcess });
      }
    }
    end(child);
  }
  if (flags.mlserver) {
    const url = 'http://127.0.0.1:18500';
    const place = path.join(folder, 'mlserver');
    mkdirSync(place);
    const tensor = (datatype) => (name) => ({ name, datatype, shape: [-1, -1] });
    writeFileSync(
      path.join(place, 'model-settings.json'),
      JSON.stringify({
        name: 'ask-bert',
        implementation: 'mlserver_model.Exported',
        inputs: ['input_ids', 'attention_mask', 'token_type_ids'].map(tensor('INT64')),
        outputs: ['start_logits', 'end_logits'].map(tensor('FP32')),
      }),
    );
    const settings = {
      http_port: 18500,
      grpc_port: 18501,
      metrics_port: 18502,
      parallel_workers: 0,
      host: '127.0.0.1',
    };
    writeFileSync(path.join(place, 'settings.json'), JSON.stringify(settings));
    const env = { ...process.env, ASKBERT_EXPORTED: onnx, PYTHONPATH: path.resolve('test', 'serving') };
    const program = path.join(path.dirname(flags.mlserver), 'mlserver');
    const child = await serve(program, ['start', place], { env, cwd: place }, url);
    const { spans: right, ...result } = ours('compare', url);
    spans = right;
    say('mlserver', result);
    end(child);
  }
  if (flags.python)
    say('python', agree(printed(flags.python, here('python_peer.py'), exported, 'answers', file), windows, spans));
  if (flags.transformers) {
    const peer = printed(process.execPath, here('transformers-peer.mjs'), flags.transformers, exported, file);
    say('transformers', agree(peer, windows, spans));
  }
} finally {
  for (const child of children) end(child);
  rmSync(folder, { recursive: true, force: true });
}

// `npm run test:serving`: the remote engine, the exported model and shards with real servers and libraries; not part of
// `npm test`. Usage:
//   node test/serving/run.mjs [--triton PYTHON [--window] [--servers N]] [--mlserver PYTHON] [--python PYTHON]
//     [--transformers MODULE] [--spark PYTHON] [--round-trip] [--questions N]
// PYTHON has nvidia-pytriton and onnxruntime, or mlserver and onnxruntime, or tokenizers and onnxruntime, or pyspark (with
// Java); MODULE is the entry of @huggingface/transformers. --window opens a real VS Code with Triton, --servers measures
// one to N of them, --round-trip what a request costs without a model. Each part that is named is run, and prints a line
// of JSON; the exit code is 1 if one is wrong.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { testBundles } from '../../esbuild.mjs';
import { hostTarget, makePackage, vsixName } from '../../scripts/package.mjs';
import { end, endAll, printed, serve, start } from './servers.mjs';
import { sparkJob } from './spark.mjs';
import { inWindow } from './window.mjs';

const text = { type: 'string' };
const { values: flags } = parseArgs({
  options: {
    triton: text,
    window: { type: 'boolean' },
    servers: text,
    mlserver: text,
    python: text,
    transformers: text,
    spark: text,
    'round-trip': { type: 'boolean' },
    questions: text,
  },
});
if (flags.questions) process.env.ASKBERT_QUESTIONS = flags.questions;
const here = (name) => path.resolve('test', 'serving', name);
const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-serving-'));
const exported = path.join(folder, 'exported');
const onnx = path.join(exported, 'onnx', 'model.onnx');
const file = path.join(folder, 'windows.json');

let wrong = 0;
/** @param isRight whether it is what it should be */
function say(what, value, isRight = true) {
  if (!isRight) wrong++;
  console.log(JSON.stringify({ what, ...(isRight ? {} : { wrong: true }), load: loadavg()[0], ...value }));
}
const check = path.join('out-test', 'serving', 'check.js');
const ours = (...args) => printed(process.execPath, check, ...args);

const addressOf = (port) => `http://127.0.0.1:${port}`;
const triton = (port) => serve(flags.triton, [here('triton_server.py'), onnx, `${port}`, '1'], addressOf(port));

const agree = (peer, windows, spans) => ({
  windows: windows.length,
  sameIds: peer.filter(({ ids }, i) => JSON.stringify(ids) === JSON.stringify(windows[i].ids)).length,
  ...(spans && { sameSpans: peer.filter(({ span }, i) => JSON.stringify(span) === JSON.stringify(spans[i])).length }),
});
const agrees = ({ windows, sameIds = windows, sameSpans = windows, sameAnswers = windows }) =>
  windows > 0 && sameIds === windows && sameSpans === windows && sameAnswers === windows;
const sayAgreed = (what, value) => say(what, value, agrees(value));

/** Windows of one length, so that all compute the same. */
function equalWindows(windows) {
  const full = windows.filter(({ ids }) => ids.length >= 128);
  const equal = Array.from({ length: 128 }, (_, i) => {
    const { ids, types, ...rest } = full[i % full.length];
    return { ...rest, ids: ids.slice(0, 128), types: types.slice(0, 128) };
  });
  const some = path.join(folder, 'equal.json');
  writeFileSync(some, JSON.stringify(equal));
  return some;
}

/** One server and its throughput beside that of ONNX Runtime without a server, in turns: the machine has other work. */
async function withTriton(windows) {
  const port = 18400;
  const child = await triton(port);
  const { spans, ...result } = ours('compare', addressOf(port));
  sayAgreed('triton', result);
  if (flags.python) {
    const some = equalWindows(windows);
    for (let i = 0; i < 3; i++) {
      const inProcess = printed(flags.python, here('python_peer.py'), exported, 'rate', some, '32', '1');
      const remote = ours('rate', addressOf(port), some);
      say('rate', { inProcess, remote, share: remote / inProcess });
    }
  }
  if (flags.window) {
    const vsix = vsixName(hostTarget);
    if (!existsSync(vsix)) await makePackage();
    say('window', { seen: await inWindow(path.resolve(vsix), addressOf(port), () => end(child, 'SIGKILL')) });
  }
  end(child);
  return spans;
}

/** One to `most` servers of one thread each. */
async function scaling(windows, most) {
  const some = equalWindows(windows);
  const started = [];
  const rates = [];
  for (let i = 0; i < most; i++) {
    started.push(await triton(18410 + 10 * i));
    const urls = started.map((_, at) => addressOf(18410 + 10 * at)).join(',');
    rates.push(ours('rate', urls, some));
  }
  for (const child of started) end(child);
  say('servers', { windowsPerSecond: rates, processors: availableParallelism() });
}

/** Without a model: what our own part of a request costs. */
async function roundTrip() {
  const port = 18700;
  const child = start(process.execPath, [here('stand-in.mjs'), `${port}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  say('round trip', printed(process.execPath, path.join('out-test', 'serving', 'round-trip.js'), addressOf(port)));
  end(child);
}

async function withMlServer() {
  const url = addressOf(18500);
  const place = path.join(folder, 'mlserver');
  mkdirSync(place);
  const tensor = (datatype) => (name) => ({ name, datatype, shape: [-1, -1] });
  const model = {
    name: 'ask-bert',
    implementation: 'mlserver_model.Exported',
    inputs: ['input_ids', 'attention_mask', 'token_type_ids'].map(tensor('INT64')),
    outputs: ['start_logits', 'end_logits'].map(tensor('FP32')),
  };
  const ports = { http_port: 18500, grpc_port: 18501, metrics_port: 18502 };
  writeFileSync(path.join(place, 'model-settings.json'), JSON.stringify(model));
  writeFileSync(
    path.join(place, 'settings.json'),
    JSON.stringify({ ...ports, parallel_workers: 0, host: '127.0.0.1' }),
  );
  const env = { ...process.env, ASKBERT_EXPORTED: onnx, PYTHONPATH: path.resolve('test', 'serving') };
  const program = path.join(path.dirname(flags.mlserver), 'mlserver');
  const child = await serve(program, ['start', place], url, { env, cwd: place });
  const { spans, ...result } = ours('compare', url);
  sayAgreed('mlserver', result);
  end(child);
  return spans;
}

const parts = ['triton', 'mlserver', 'python', 'transformers', 'spark', 'round-trip'];
if (!parts.some((part) => flags[part])) {
  console.error(`Name what is to be run: ${parts.map((part) => `--${part}`).join(', ')}.`);
  process.exit(2);
}
try {
  await build(testBundles(['test/serving/check.ts', 'test/serving/round-trip.ts'], false));
  if (flags['round-trip']) await roundTrip();
  execFileSync(process.execPath, ['dist/cli.js', 'export', 'embedded', exported, '--for', 'onnx']);
  execFileSync(process.execPath, [check, 'windows', file]);
  const windows = JSON.parse(readFileSync(file, 'utf8'));
  let spans;
  if (flags.triton) spans = await withTriton(windows);
  if (flags.triton && flags.servers) await scaling(windows, Number(flags.servers));
  if (flags.mlserver) spans = await withMlServer();
  if (flags.python) {
    sayAgreed(
      'python',
      agree(printed(flags.python, here('python_peer.py'), exported, 'answers', file), windows, spans),
    );
  }
  if (flags.transformers) {
    const peer = printed(process.execPath, here('transformers-peer.mjs'), flags.transformers, exported, file);
    sayAgreed('transformers', agree(peer, windows, spans));
  }
  if (flags.spark) {
    const result = await sparkJob(flags.spark, folder);
    say('spark', result, result.same);
  }
} finally {
  endAll();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(wrong === 0 ? 0 : 1);

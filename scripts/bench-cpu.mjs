// `npm run bench:cpu`: Ask BERT compared with the alternatives on this processor: the same weights, passages and
// threads, in one run of alternating rounds. Prints one Markdown table; no figure passes or fails.
//   node scripts/bench-cpu.mjs [--rounds 10] [--calls 3] [--threads N] [--only ours,openvino] [--rows words]
//        [--model DIR] [--cache DIR] [--python PYTHON] [--prepare] [--json FILE]
// The alternatives are fetched into the cache (default .cache/bench-cpu): Transformers.js by npm, ONNX Runtime and
// OpenVINO by pip into a separate environment. `--only` and `--rows` take parts of names, with commas between them;
// what `--only` excludes is not fetched.
//
// On a machine without npm or a network:
//   1. on a machine of the same platform that has them: `npm run bench:cpu -- --prepare --cache DIR` (without Python by
//      `--only ours,transformers`: its environment cannot be moved). DIR/node is 91 MB; DIR/model-* need not be copied,
//      it is created again from the weights if missing.
//   2. copy DIR/node, bench/, scripts/, samples/, models/default/, out-bench/, package.json,
//      node_modules/onnxruntime-node and node_modules/onnxruntime-common; and Node, if it is missing.
//   3. there: `node scripts/bench-cpu.mjs --cache DIR --python python3`. It uses the installed Python packages:
//      `onnxruntime` and `openvino` for the rows with these names, `tokenizers` for whole questions, `onnx` and `sympy`
//      for ONNX Runtime's own optimiser (without them the exported graph is used). Missing packages can be brought
//      along: `pip install --target FOLDER tokenizers==0.23.3 --no-deps`, then PYTHONPATH=FOLDER.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { exportModel, fetchPython, fetchTransformers, optimiseModel, run } from '../bench/cpu/cache.mjs';
import { Contender } from '../bench/cpu/contender.mjs';
import { rowsOf, verdict } from '../bench/cpu/passages.mjs';
import { markdownTable, quantile } from '../bench/figures.mjs';
import { ensureBuilt, main, root, ScriptError } from './ensure.mjs';

const { values: o } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    /** Calls of a short row in each round. */
    calls: { type: 'string', default: '3' },
    threads: { type: 'string', default: String(Math.min(8, availableParallelism())) },
    only: { type: 'string' },
    rows: { type: 'string' },
    model: { type: 'string', default: path.join(root, 'models', 'default') },
    cache: { type: 'string', default: path.join(root, '.cache', 'bench-cpu') },
    python: { type: 'string' },
    prepare: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

/** Name, precision for comparison, and how it is started. */
const CONTENDERS = {
  'ours fp32': { like: 'fp32', start: (c) => [process.execPath, 'out-bench/cpu/ours.js', c.own, o.threads, 'fp32'] },
  'ours int8': { like: 'int8', start: (c) => [process.execPath, 'out-bench/cpu/ours.js', c.own, o.threads, 'int8'] },
  'transformers.js fp32': { like: 'fp32', start: (c) => transformers(c, 'fp32') },
  'transformers.js q8': { like: 'int8', start: (c) => transformers(c, 'q8') },
  'onnxruntime fp32': { like: 'fp32', python: true, start: (c) => runtime(c, 'onnxruntime-fp32') },
  'onnxruntime int8': { like: 'int8', python: true, start: (c) => runtime(c, 'onnxruntime-int8') },
  openvino: { like: 'fp32', python: true, start: (c) => runtime(c, 'openvino') },
  'openvino int8': { like: 'int8', python: true, start: (c) => runtime(c, 'openvino-int8') },
};
const transformers = ({ cache, model }, dtype) => [
  process.execPath,
  'bench/cpu/transformers.mjs',
  cache,
  model,
  o.threads,
  dtype,
];
const runtime = ({ python, model }, name) => [python, 'bench/cpu/runtimes.py', 'serve', model, o.threads, name];

main(async () => {
  const [rounds, calls] = ['rounds', 'calls'].map((name) => count(name, o[name]));
  count('threads', o.threads);
  const names = chosen('only', o.only, Object.keys(CONTENDERS));
  const all = rowsOf(path.join(root, 'samples'));
  const rowNames = chosen(
    'rows',
    o.rows,
    all.map(({ name }) => name),
  );
  const rows = all.filter(({ name }) => rowNames.includes(name));
  process.chdir(root);
  await build();
  const { context, faults } = await prepare(names);
  if (o.prepare) {
    for (const [name, fault] of faults) console.error(`${name}: ${fault}`);
    process.exit(faults.size > 0 ? 1 : 0);
  }
  const contenders = [];
  for (const name of names.filter((each) => !faults.has(each))) {
    const [command, ...args] = CONTENDERS[name].start(context);
    const contender = new Contender(name, command, args, { TOKENIZERS_PARALLELISM: 'false' });
    await contender.ready();
    contenders.push(contender);
  }
  for (let round = 0; round < rounds; round++) {
    console.error(`round ${round + 1} of ${rounds}`);
    for (const row of rows) {
      // Each round starts with a different contender.
      for (let i = 0; i < contenders.length; i++) {
        const contender = contenders[(i + round) % contenders.length];
        await contender.measure(row, round === 0 ? 3 : 1, Math.max(1, Math.round(calls * row.share)));
      }
    }
  }
  for (const { name, fault } of contenders) if (fault) faults.set(name, fault);
  for (const contender of contenders) contender.end();
  report(rows, contenders, faults);
});

function count(name, value) {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new ScriptError(`--${name}: found ${value}, expected a whole number above 0.`);
}

/** Names that contain one of the parts; all without any. */
function chosen(flag, parts, names) {
  const wanted = parts?.split(',').map((part) => part.trim());
  const found = wanted ? names.filter((name) => wanted.some((part) => name.includes(part))) : names;
  if (found.length > 0) return found;
  throw new ScriptError(`--${flag}: found ${parts}, expected parts of: ${names.join(', ')}.`);
}

/** A copied installation has the built files, but no build tools. */
async function build() {
  if (!existsSync(path.join(root, 'node_modules', 'esbuild')) && existsSync('out-bench/cpu/ours.js')) return;
  await ensureBuilt(console.error);
  run(process.execPath, ['esbuild.mjs', '--bench'], 'The build');
}

/** Everything that the contenders need; what could not be fetched fails the contenders that need it. */
async function prepare(names) {
  const cache = path.resolve(o.cache);
  const context = { own: path.resolve(o.model), cache, python: o.python };
  const faults = new Map();
  const attempt = async (part, work) => {
    const concerned = names.filter((name) => part(CONTENDERS[name], name) && !faults.has(name));
    if (concerned.length === 0) return;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      for (const name of concerned) faults.set(name, error.message.replaceAll('\n', ' '));
    }
  };
  const isOther = (_, name) => !name.startsWith('ours');
  const isPython = ({ python }) => python;
  await attempt(
    (_, name) => name.startsWith('transformers'),
    () => fetchTransformers(cache),
  );
  await attempt(isPython, () => {
    context.python ??= fetchPython(cache);
  });
  await attempt(isOther, () => {
    context.model = exportModel(cache, context.own);
  });
  await attempt(
    (_, name) => name.startsWith('onnxruntime'),
    () => optimiseModel(context.python, context.model),
  );
  return { context, faults };
}

function report(rows, contenders, faults) {
  console.log(`${cpus()[0]?.model.trim() ?? process.arch} (${features()}), ${o.threads} threads of ${cpus().length}`);
  console.log(`${[...new Set(contenders.map(({ versions }) => versions).filter(Boolean))].join('; ')}\n`);
  console.log(
    'Milliseconds a call. Whole questions: text in, answer out; runtimes that cut long texts get windows of 384 pieces',
  );
  console.log('that overlap by 128, as in the pipeline of Hugging Face. Windows: the network alone, on ids.\n');
  const figures = [];
  const head = ['what', 'by', 'median', 'p95', '/ ours fp32', '/ ours int8', 'windows', 'answer'];
  const lines = [];
  const median = (name, row) => {
    const times = contenders.find((each) => each.name === name)?.times.get(row);
    return times && quantile(times, 0.5);
  };
  for (const row of rows) {
    for (const { name, times, results } of contenders) {
      const list = times.get(row.name);
      if (!list) continue;
      const [p50, p95] = [0.5, 0.95].map((q) => quantile(list, q));
      const ratio = (ours) => (ours ? (p50 / ours).toFixed(2) : '');
      const { answer, windows } = results.get(row.name);
      const told = row.question ? verdict(row, answer) : '';
      const ratios = [ratio(median('ours fp32', row.name)), ratio(median('ours int8', row.name))];
      lines.push([row.name, name, p50.toFixed(1), p95.toFixed(1), ...ratios, windows ?? '', told]);
      figures.push({ row: row.name, name, ms: list, windows, answer });
    }
  }
  console.log(markdownTable(head, lines));
  for (const [name, fault] of faults) console.log(`\nNot measured: ${name}: ${fault}`);
  for (const { name, skipped } of contenders) {
    for (const [row, why] of skipped) console.log(`\nNot measured: ${name}, ${row}: ${why}`);
  }
  if (o.json)
    writeFileSync(o.json, `${JSON.stringify({ processor: cpus()[0]?.model, features: features(), figures })}\n`);
}

/** Processor features that determine the speed of 8-bit and 16-bit products, as named by Linux. */
function features() {
  if (!existsSync('/proc/cpuinfo')) return `${process.platform}-${process.arch}`;
  const flags = new Set(/^(?:flags|Features)\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1].split(' '));
  const known = ['avx2', 'avx512f', 'avx_vnni', 'avx512_vnni', 'avx512_bf16', 'amx_int8', 'amx_bf16'];
  const arm = ['asimddp', 'i8mm', 'bf16', 'sve'];
  return [...known, ...arm]
    .map((name) => (flags.has(name) ? name : `no ${name}`))
    .slice(...(process.arch === 'arm64' ? [known.length] : [0, known.length]))
    .join(', ');
}

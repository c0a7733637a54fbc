// `npm run bench [-- --python PYTHON --model DIR --rounds N --data DIR]`: our figures, and with a Python that has the
// peers (bench/peers.py) theirs in the same run, in alternating rounds. Prints Markdown tables; nothing here passes or
// fails.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable, quantile } from '../bench/figures.mjs';
import { ensureBuilt } from './ensure.mjs';

const { values: o } = parseArgs({
  options: {
    python: { type: 'string' },
    model: { type: 'string', default: 'models/default' },
    data: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
});

const run = (command, args) => {
  const r = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, TOKENIZERS_PARALLELISM: 'false' },
  });
  if (r.status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${r.stderr}`);
  return r.stdout.trim();
};
const lastJson = (out) => JSON.parse(out.split('\n').at(-1));
const table = (head, rows) => console.log(markdownTable(head, rows), '\n');

await ensureBuilt();
run(process.execPath, ['esbuild.mjs', '--bench']);
console.log(`${cpus()[0]?.model}, ${o.threads} threads, Node ${process.version}\n`);

const times = {};
const add = (more) => {
  for (const [name, list] of Object.entries(more)) times[name] = [...(times[name] ?? []), ...list];
};
let versions = {};
const work = path.join(tmpdir(), `ask-bert-peers-${process.pid}`);
for (let round = 0; round < Number(o.rounds); round++) {
  const ours = lastJson(run(process.execPath, ['out-bench/engine.js', o.model, o.threads, '24']));
  add(Object.fromEntries(Object.entries(ours).map(([k, v]) => [`Ask BERT ${k}`, v])));
  if (o.python) {
    const peers = lastJson(run(o.python, ['bench/peers.py', o.model, o.threads, '24', work]));
    versions = peers.versions;
    add(peers.times);
  }
}
console.log(
  `Windows of 384 pieces, milliseconds a call${
    o.python
      ? ` (${Object.entries(versions)
          .map((v) => v.join(' '))
          .join(', ')})`
      : ''
  }\n`,
);
const ratio = (name, mine) => {
  const match = /(fp32|int8) (x\d)$/.exec(name);
  const base = match && times[`ONNX Runtime Python ${match[1]} ${match[2]}`];
  return base ? (mine / quantile(base, 0.5)).toFixed(2) : '';
};
table(
  ['engine', 'min', 'median', 'p95', 'median / ONNX Runtime Python'],
  Object.entries(times)
    .sort(([a], [b]) => a.slice(-2).localeCompare(b.slice(-2)) || quantile(times[a], 0.5) - quantile(times[b], 0.5))
    .map(([name, list]) => {
      const median = quantile(list, 0.5);
      return [
        name,
        Math.min(...list).toFixed(1),
        median.toFixed(1),
        quantile(list, 0.95).toFixed(1),
        ratio(name, median),
      ];
    }),
);

console.log('Whole questions\n');
const p = lastJson(run(process.execPath, ['out-bench/pipeline.js', o.model]));
table(
  ['what', 'figure'],
  [
    [
      '400 words, warm, p50 / p95',
      `${p.passageP50Ms.toFixed(1)} / ${p.passageP95Ms.toFixed(1)} ms (${p.passageWindows} windows)`,
    ],
    [
      '20,000 words, first answer',
      p.firstMs === undefined
        ? 'none before the end'
        : `${(p.firstMs / 1000).toFixed(2)} s (${p.firstWindows} windows; ${(p.firstCpuMs / 1000).toFixed(2)} s of a core)`,
    ],
    [
      '20,000 words',
      `${(p.longMs / 1000).toFixed(2)} s (${p.longWindows} windows; tokenise ${p.longTokenizeMs.toFixed(0)} ms, project ${p.longProjectMs.toFixed(0)} ms; ${(p.longCpuMs / 1000).toFixed(2)} s of a core)`,
    ],
    ['sidecar, cold: fork to first answer', `${p.firstAnswerMs.toFixed(0)} ms`],
    [
      'sidecar, resident after it / after 20,000 words',
      `${p.residentMB.toFixed(0)} / ${p.residentAfterLongMB.toFixed(0)} MB`,
    ],
  ],
);

if (o.data && existsSync('out-bench/tokenizer.js')) {
  console.log('Tokeniser\n');
  console.log(
    run(process.execPath, ['out-bench/tokenizer.js', '--data', o.data, '--vocab', path.join(o.model, 'vocab.txt')]),
  );
  if (o.python)
    console.log(run(o.python, ['bench/tokenizer_hf.py', '--data', o.data, '--vocab', path.join(o.model, 'vocab.txt')]));
}

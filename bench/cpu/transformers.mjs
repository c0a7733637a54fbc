// Transformers.js for `npm run bench:cpu`: `node bench/cpu/transformers.mjs CACHE MODEL THREADS fp32|q8` answers
// commands, one line of JSON each (described in scripts/bench-cpu.mjs).
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';

const [cache, model, threads, dtype] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(cache), 'node', 'package.json'));
const { pipeline, env, Tensor } = require('@huggingface/transformers');
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

env.allowRemoteModels = false;
env.localModelPath = path.dirname(path.resolve(model));
const session_options = { intraOpNumThreads: Number(threads) };
const ask = await pipeline('question-answering', path.basename(model), { dtype, device: 'cpu', session_options });
const { version } = require('onnxruntime-node/package.json');
say({ ready: true, versions: `Transformers.js ${env.version} on ONNX Runtime ${version}` });

/**
 * The pipeline silently truncates longer texts and gives no positions, so a user must cut windows: here at words, with
 * the length and overlap of Hugging Face's own pipeline (384, 128).
 */
function windowsOf(question, text) {
  const pieces = (words) => ask.tokenizer.encode(words, { add_special_tokens: false }).length;
  const room = 384 - 3 - pieces(question);
  const words = text.match(/\S+\s*/g);
  const lengths = words.map(pieces);
  const windows = [];
  for (let first = 0; ; ) {
    let end = first;
    for (let sum = 0; end < words.length && sum + lengths[end] <= room; end++) sum += lengths[end];
    windows.push(words.slice(first, end).join(''));
    if (end === words.length) return windows;
    for (let sum = 0; end > first + 1 && sum + lengths[end - 1] <= 128; end--) sum += lengths[end - 1];
    first = end;
  }
}

async function answer(question, windows) {
  let best;
  for (const window of windows) {
    const found = await ask(question, window);
    if (!best || found.score > best.score) best = found;
  }
  return best;
}

function inputs(count, length) {
  const tensor = (value) =>
    new Tensor(
      'int64',
      BigInt64Array.from({ length: count * length }, (_, i) => BigInt(value(i))),
      [count, length],
    );
  return {
    input_ids: tensor((i) => 1000 + ((i * 7919) % 20000)),
    attention_mask: tensor(() => 1),
    token_type_ids: tensor((i) => (i % length > 16 ? 1 : 0)),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { question, text, count, length, warmUps, calls } = JSON.parse(line);
  // Cutting the text is not timed.
  const windows = question && windowsOf(question, text);
  const given = question ? undefined : inputs(count, length);
  const ms = [];
  let last;
  for (let i = 0; i < warmUps + calls; i++) {
    const began = performance.now();
    last = question ? await answer(question, windows) : await ask.model(given);
    if (i >= warmUps) ms.push(performance.now() - began);
  }
  say(question ? { ms, answer: { text: last.answer }, windows: windows.length } : { ms });
}

/** What test/serving/run.mjs measures: answers and times of the remote engine against a server that runs. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chooseEngine } from '../../server/engine/choose/choose-engine.js';
import type { Engine, WindowBatch } from '../../server/engine/engine.js';
import { readModelConfig } from '../../server/model/config.js';
import { readModelVocabulary } from '../../server/model/model-vocabulary.js';
import { ModelWeights } from '../../server/model/weights.js';
import { Session } from '../../server/session/session.js';
import { Tokenizer } from '../../server/tokenizer/tokenizer.js';

const QUESTIONS = Number(process.env.ASKBERT_QUESTIONS ?? 200);
const LONGEST = 30;
const model = path.resolve('models', 'default');
const config = readModelConfig(model);

export interface Window {
  question: string;
  passage: string;
  ids: number[];
  types: number[];
}

/** Passages around answers in the documents of the repository, each in one window. */
function windows(): Window[] {
  const vocabulary = readModelVocabulary(config);
  const tokenizer = new Tokenizer(vocabulary, config.tokenizer);
  const all = JSON.parse(readFileSync('test/documents/questions.json', 'utf8')) as {
    file: string;
    question: string;
    answers: { start: number }[];
  }[];
  const found: Window[] = [];
  for (const { file, question, answers } of all) {
    if (answers.length === 0 || found.length === QUESTIONS) continue;
    const text = readFileSync(path.join('test/documents', file), 'utf8');
    const passage = text.slice(Math.max(0, answers[0].start - 300), answers[0].start + 300);
    const [q, p] = [question, passage].map((each) => Array.from(tokenizer.encode(each).ids));
    const ids = [vocabulary.clsId, ...q, vocabulary.sepId, ...p, vocabulary.sepId];
    if (ids.length > config.maxSequenceLength) continue;
    found.push({ question, passage, ids, types: ids.map((_, i) => (i < q.length + 2 ? 0 : 1)) });
  }
  return found;
}

function batchOf(all: readonly Window[]): WindowBatch {
  const length = all.reduce((n, { ids }) => Math.max(n, ids.length), 0);
  const batch = {
    count: all.length,
    length,
    inputIds: new Int32Array(all.length * length),
    segmentIds: new Int32Array(all.length * length),
    lengths: Int32Array.from(all, ({ ids }) => ids.length),
  };
  for (const [row, { ids, types }] of all.entries()) {
    batch.inputIds.set(ids, row * length);
    batch.segmentIds.set(types, row * length);
  }
  return batch;
}

async function engineFor(url: string | undefined): Promise<Engine> {
  const weights = new ModelWeights(config);
  try {
    const settings = url ? { engine: 'remote' as const, remoteUrl: url } : { engine: 'cpu' as const };
    return (await chooseEngine(weights, { ...settings, precision: url ? 'auto' : 'fp32', threads: 1 })).engine;
  } finally {
    weights.close();
  }
}

async function spans(engine: Engine, all: readonly Window[]): Promise<{ spans: number[][]; logits: number[] }> {
  const found: number[][] = [];
  const logits: number[] = [];
  for (let at = 0; at < all.length; at += 8) {
    const part = all.slice(at, at + 8);
    const batch = batchOf(part);
    const { start, end } = await engine.run(batch);
    for (const [row, { ids }] of part.entries()) {
      const from = row * batch.length;
      const first = ids.indexOf(102) + 1;
      let best = [first, first];
      for (let s = first; s < ids.length - 1; s++) {
        for (let e = s; e < Math.min(s + LONGEST, ids.length - 1); e++) {
          if (start[from + s] + end[from + e] > start[from + best[0]] + end[from + best[1]]) best = [s, e];
        }
      }
      found.push(best);
      for (let i = from; i < from + ids.length; i++) logits.push(start[i], end[i]);
    }
  }
  return { spans: found, logits };
}

/** First answers of whole questions, through the reader. */
async function answers(url: string | undefined, all: readonly Window[]): Promise<string[]> {
  const settings = url ? { engine: 'remote' as const, remoteUrl: url } : { engine: 'cpu' as const };
  const session = new Session({ modelPath: model, ...settings, precision: url ? 'auto' : 'fp32', threads: 1 }, false);
  const found: string[] = [];
  for (const { question, passage } of all) {
    const { answers, noAnswer } = await session.answer({ question, text: passage });
    const [first] = answers;
    found.push(`${noAnswer.chosen} ${first?.start} ${first?.end} ${first?.text}`);
  }
  await session.unload();
  return found;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const same = (a: unknown[], b: unknown[]): number =>
  a.filter((each, i) => JSON.stringify(each) === JSON.stringify(b[i])).length;

/** Milliseconds of one small request, here and in the server by its own statistics (Triton only). */
async function overhead(engine: Engine, url: string, all: readonly Window[]) {
  const batch = batchOf([{ ...all[0], ids: all[0].ids.slice(0, 16), types: all[0].types.slice(0, 16) }]);
  const inside = async () => {
    const answer = await fetch(`${url}/v2/models/ask-bert/stats`);
    if (!answer.ok) return undefined;
    const { model_stats } = (await answer.json()) as {
      model_stats: { inference_stats: { success: { count: number; ns: number } } }[];
    };
    return model_stats[0].inference_stats.success;
  };
  for (let i = 0; i < 50; i++) await engine.run(batch);
  const before = await inside();
  const times: number[] = [];
  const processor = process.cpuUsage();
  for (let i = 0; i < 500; i++) {
    const began = performance.now();
    await engine.run(batch);
    times.push(performance.now() - began);
  }
  const used = process.cpuUsage(processor);
  const after = await inside();
  const server = before && after && (after.ns - before.ns) / (after.count - before.count) / 1e6;
  const mean = times.reduce((a, b) => a + b, 0) / times.length;
  return {
    medianMs: median(times),
    meanMs: mean,
    serverMeanMs: server,
    ourProcessorMs: (used.user + used.system) / 1000 / times.length,
  };
}

/** Windows a second with 64 requests of one window in flight. */
async function rate(engine: Engine, all: readonly Window[]): Promise<number> {
  const began = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < all.length) await engine.run(batchOf([all[next++]]));
  };
  await Promise.all(Array.from({ length: 64 }, lane));
  return all.length / ((performance.now() - began) / 1000);
}

async function main([what, url, file]: string[]): Promise<void> {
  const all = windows();
  if (what === 'windows') {
    writeFileSync(url, JSON.stringify(all));
    return;
  }
  const remote = await engineFor(url);
  if (what === 'rate') {
    const same: Window[] = JSON.parse(readFileSync(file, 'utf8'));
    process.stdout.write(JSON.stringify(await rate(remote, same)));
    return;
  }
  const local = await engineFor(undefined);
  const [a, b] = [await spans(local, all), await spans(remote, all)];
  const difference = a.logits.reduce((n, each, i) => Math.max(n, Math.abs(each - b.logits[i])), 0);
  const [here, there] = [await answers(undefined, all), await answers(url, all)];
  process.stdout.write(
    JSON.stringify({
      engine: remote.info,
      windows: all.length,
      sameSpans: same(a.spans, b.spans),
      difference,
      sameAnswers: same(here, there),
      overhead: await overhead(remote, url, all),
      spans: a.spans,
    }),
  );
  await local.close();
  await remote.close();
}

void main(process.argv.slice(2)).then(() => process.exit(0));

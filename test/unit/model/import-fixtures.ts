/** The checkpoints of test/fixtures, spoilt copies of them, and what imports of them are compared with. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { CpuEngine } from '../../../server/engine/cpu/cpu-engine.js';
import { AskBertError } from '../../../server/errors.js';
import { readModelConfig } from '../../../server/model/config.js';
import { openSource } from '../../../server/model/import/source.js';
import { expectedTensors, ModelWeights } from '../../../server/model/weights.js';
import { fixture } from './model-fixtures.js';

export const checkpoint = (...parts: string[]): string => path.resolve('test/fixtures/checkpoints', ...parts);

const made: string[] = [];
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder that goes away after the tests. */
export function scratch(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-import-'));
  made.push(folder);
  return folder;
}

/** A copy of a checkpoint's folder, for a test to spoil. */
export function copyOf(name: string): string {
  const folder = path.join(scratch(), name);
  cpSync(checkpoint(name), folder, { recursive: true });
  return folder;
}

/** Nothing but the given entries is in a folder: no temporary files were left. */
export function assertOnly(folder: string, ...entries: string[]): void {
  assert.deepEqual(readdirSync(folder).sort(), entries.sort());
}

/** The work fails with ModelInvalid in one sentence that has all the words, and a remedy. */
export async function refusedAsync(work: () => Promise<unknown>, ...words: Array<string | RegExp>): Promise<void> {
  const error = await work().then(
    () => assert.fail(`not refused: ${words.join(', ')}`),
    (e: unknown) => e,
  );
  assert.ok(error instanceof AskBertError, String((error as Error).stack));
  assert.equal(error.code, 'ModelInvalid', error.message);
  assert.ok(!error.message.includes('\n'), error.message);
  assert.ok(error.remedy);
  for (const word of words) {
    if (typeof word === 'string') assert.ok(error.message.includes(word), `${word} is not in: ${error.message}`);
    else assert.match(error.message, word);
  }
}

/** Every tensor of a model folder, as 32-bit floats. */
export function tensorsOf(folder: string): Map<string, Float32Array> {
  const weights = new ModelWeights(readModelConfig(folder));
  const tensors = new Map([...expectedTensors(weights.config).keys()].map((n) => [n, weights.float(n)]));
  weights.close();
  return tensors;
}

/** Largest difference over all tensors of two model folders. */
export function tensorDifference(a: string, b: string): number {
  const others = tensorsOf(b);
  let worst = 0;
  for (const [name, values] of tensorsOf(a)) {
    const other = others.get(name)!;
    assert.equal(other.length, values.length);
    for (let i = 0; i < values.length; i++) worst = Math.max(worst, Math.abs(values[i] - other[i]));
  }
  return worst;
}

interface Logits {
  start: number[][];
  end: number[][];
}

/** The golden logits of a tiny model: Hugging Face's. */
export const goldenOf = (model: string): Logits =>
  JSON.parse(readFileSync(path.join(fixture(model), 'golden.json'), 'utf8'));

/** FP32 logits of the CPU engine for a model folder, on the golden windows of a tiny model, without padding. */
export async function logitsOf(folder: string, model: string): Promise<Logits> {
  const golden = JSON.parse(readFileSync(path.join(fixture(model), 'golden.json'), 'utf8'));
  const length: number = golden.inputIds[0].length;
  const engine = await CpuEngine.create(new ModelWeights(readModelConfig(folder)), { precision: 'fp32', threads: 1 });
  const { start, end } = await engine.run({
    count: golden.lengths.length,
    length,
    inputIds: Int32Array.from(golden.inputIds.flat()),
    segmentIds: Int32Array.from(golden.segmentIds.flat()),
    lengths: Int32Array.from(golden.lengths),
  });
  await engine.close();
  const rows = (all: Float32Array): number[][] =>
    golden.lengths.map((n: number, row: number) => [...all.subarray(row * length, row * length + n)]);
  return { start: rows(start), end: rows(end) };
}

export function logitDifference(a: Logits, b: Logits): number {
  const flat = (l: Logits): number[] => [...l.start.flat(), ...l.end.flat()];
  const others = flat(b);
  const differences = flat(a).map((v, i) => Math.abs(v - others[i]));
  assert.equal(differences.length, others.length);
  return Math.max(...differences);
}

/** Numbers from 0 to below `below`, the same for the same seed (mulberry32). */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

/** Every tensor of a checkpoint; closes it. */
export function readAll(given: string): Map<string, Float32Array> {
  const source = openSource(given);
  try {
    const all = new Map([...source.tensors].map(([name, tensor]) => [name, Float32Array.from(tensor.read())]));
    for (const _ of source.verifyRest?.() ?? []);
    return all;
  } finally {
    source.close();
  }
}

/** What becomes of a spoilt checkpoint: refused, lacking a tensor (refused by the import), the same, or different. */
export function outcome(given: string, original: Map<string, Float32Array>): 'refused' | 'same' | 'different' {
  let tensors: Map<string, Float32Array>;
  try {
    tensors = readAll(given);
  } catch (e) {
    assert.ok(e instanceof AskBertError && ['ModelInvalid', 'BadRequest'].includes(e.code), String((e as Error).stack));
    return 'refused';
  }
  if ([...original.keys()].some((name) => !tensors.has(name))) return 'refused';
  const same = [...original].every(
    ([name, values]) => Buffer.compare(bytesOf(values), bytesOf(tensors.get(name)!)) === 0,
  );
  return same && tensors.size === original.size ? 'same' : 'different';
}

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

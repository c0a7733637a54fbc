/** The remote engine of the tiny model, connected to servers of a test, with the real golden check. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { Admission } from '../../../server/engine/check/admission.js';
import type { WindowBatch } from '../../../server/engine/engine.js';
import { remotePlace } from '../../../server/engine/remote/address.js';
import { RemoteEngine, type RemoteOptions } from '../../../server/engine/remote/remote-engine.js';
import { readModelConfig } from '../../../server/model/config.js';
import { referenceLogits } from '../../../server/model/golden/reference.js';
import { vocabularyHash } from '../../../server/model/model-vocabulary.js';
import { ModelWeights } from '../../../server/model/weights.js';
import { fixture } from '../model/model-fixtures.js';

export const config = readModelConfig(fixture('tiny-f32'));
export const needed = { maxLength: config.maxSequenceLength, vocabularySha256: vocabularyHash(config) };
export const cacheFolder = mkdtempSync(path.join(tmpdir(), 'ask-bert-remote-'));
const open: RemoteEngine[] = [];

after(async () => {
  for (const engine of open) await engine.close();
  rmSync(cacheFolder, { recursive: true, force: true });
});

/** @param urls of the servers */
export async function connect(urls: readonly string[], options: Partial<RemoteOptions> = {}): Promise<RemoteEngine> {
  const weights = new ModelWeights(config);
  const admission = await Admission.open(weights, cacheFolder);
  weights.close();
  const place = remotePlace(urls.join(','), undefined, { url: '--url', model: '--remote-model' });
  const engine = await RemoteEngine.connect(place, config.name, needed, {
    check: (server, signal) => admission.remote(server, ['fp32', 'fp16'], signal),
    ...options,
  });
  open.push(engine);
  return engine;
}

/** Windows of these lengths, with any ids. */
export function batchOf(lengths: readonly number[]): WindowBatch {
  const count = lengths.length;
  const length = lengths.reduce((a, b) => Math.max(a, b), 0);
  const inputIds = new Int32Array(count * length);
  const segmentIds = new Int32Array(count * length);
  for (const [row, pieces] of lengths.entries()) {
    for (let i = 0; i < pieces; i++) {
      inputIds[row * length + i] = (7 * row + 3 * i + 5) % config.vocabularySize;
      segmentIds[row * length + i] = i < pieces / 2 ? 0 : 1;
    }
  }
  return { count, length, inputIds, segmentIds, lengths: Int32Array.from(lengths) };
}

/** The logits of each row by the plain forward pass: start and end. */
export async function expected(batch: WindowBatch, model = config): Promise<number[][]> {
  const weights = new ModelWeights(model);
  const cut = (all: Int32Array, row: number) =>
    Array.from(all.subarray(row * batch.length, row * batch.length + batch.lengths[row]));
  const windows = Array.from(batch.lengths, (_, row) => ({
    inputIds: cut(batch.inputIds, row),
    segmentIds: cut(batch.segmentIds, row),
  }));
  const logits = await referenceLogits(weights, windows);
  weights.close();
  return logits.map(({ start, end }) => [...start, ...end]);
}

/** The logits of each row that an engine gave. */
export function found(batch: WindowBatch, { start, end }: { start: Float32Array; end: Float32Array }): number[][] {
  return Array.from(batch.lengths, (pieces, row) => {
    const at = row * batch.length;
    return [...start.subarray(at, at + pieces), ...end.subarray(at, at + pieces)];
  });
}

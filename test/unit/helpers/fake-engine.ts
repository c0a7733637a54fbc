/** A reader with the real tokeniser of the tiny model and an engine that scores as a test tells it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Engine, Logits, WindowBatch } from '../../../server/engine/engine.js';
import { readModelConfig } from '../../../server/model/config.js';
import { DocumentCache } from '../../../server/reader/document.js';
import { Reader } from '../../../server/reader/reader.js';
import { Tokenizer } from '../../../server/tokenizer/tokenizer.js';
import { Vocabulary } from '../../../server/tokenizer/vocabulary.js';
import { fixture } from '../model/model-fixtures.js';

const folder = fixture('tiny-f32');
export const config = readModelConfig(folder);
export const vocabulary = Vocabulary.parse(readFileSync(path.join(folder, 'vocab.txt')), 'vocab.txt');
export const tokenizer = new Tokenizer(vocabulary, config.tokenizer);
const pieces = readFileSync(path.join(folder, 'vocab.txt'), 'utf8').split('\n');
export const idOf = (piece: string): number => pieces.indexOf(piece);

/** Start and end logit of a piece by its id; `segment` 0: the question. */
export type Score = (id: number, segment: number) => number | { start: number; end: number };

export function engineOf(score: Score, onRun?: (batch: WindowBatch) => void): Engine {
  return {
    info: {
      name: 'cpu',
      device: 'test',
      model: 'fake',
      precision: 'fp32',
      library: '',
      libraryVersion: '',
      threads: 1,
      loadMs: 0,
    },
    batchPieces: 256,
    async run(batch): Promise<Logits> {
      onRun?.(batch);
      const start = new Float32Array(batch.inputIds.length);
      const end = new Float32Array(batch.inputIds.length);
      for (let i = 0; i < start.length; i++) {
        const given = score(batch.inputIds[i], batch.segmentIds[i]);
        start[i] = typeof given === 'number' ? given : given.start;
        end[i] = typeof given === 'number' ? given : given.end;
      }
      return { start, end };
    },
    async close() {},
  };
}

/** 9 for the given pieces of the context, 0 for all others. */
export const favouring =
  (...wanted: string[]): Score =>
  (id, segment) =>
    segment === 1 && wanted.includes(pieces[id]) ? 9 : 0;

/** 9 to begin at one piece, 9 to end at another. */
export const fromTo =
  (first: string, last: string): Score =>
  (id, segment) => ({
    start: segment === 1 && pieces[id] === first ? 9 : 0,
    end: segment === 1 && pieces[id] === last ? 9 : 0,
  });

export const readerWith = (engine: Engine, makeView?: ConstructorParameters<typeof DocumentCache>[2]): Reader =>
  new Reader(config, vocabulary, tokenizer, engine, new DocumentCache(tokenizer, undefined, makeView));

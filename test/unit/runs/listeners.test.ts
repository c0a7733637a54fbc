/**
 * Many questions and documents at once under one signal: Node must not take their listeners for a leak, and none is left
 * in the end.
 */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { BatchingEngine } from '../../../server/engine/batching.js';
import { type EngineMakers, realMakers } from '../../../server/engine/check/admission.js';
import { askAlone, askSet } from '../../../server/evaluation/ask-set.js';
import { benchScenario } from '../../../server/evaluation/bench-scenario.js';
import type { EvaluationQuestion } from '../../../server/evaluation/labelled-set.js';
import { askMany } from '../../../server/runs/ask-many.js';
import { extract } from '../../../server/runs/extract.js';
import { Session } from '../../../server/session/session.js';
import { smallPdf } from '../helpers/small-pdf.js';
import { fixture } from '../model/model-fixtures.js';

/** Node warns of the eleventh listener. */
const AT_ONCE = 16;
const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-listeners-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The engine of the CPU, which takes as many questions at once as one on a GPU. */
const makers: EngineMakers = {
  ...realMakers,
  cpu: async (weights, options) => {
    const inner = await realMakers.cpu(weights, options);
    return new BatchingEngine({
      info: inner.info,
      batchPieces: 2048,
      concurrency: AT_ONCE,
      run: (batch, signal) => inner.run(batch, signal),
      close: () => inner.close(),
    });
  },
};
const settings = { modelPath: fixture('tiny-f32'), engine: 'cpu', precision: 'fp32', threads: 1 } as const;

/** Does the work with one signal. @returns the names of the warnings that Node printed meanwhile */
async function warningsOf(work: (signal: AbortSignal) => Promise<unknown>): Promise<string[]> {
  const warnings: string[] = [];
  const warned = ({ name, message }: Error) => void warnings.push(`${name}: ${message}`);
  process.on('warning', warned);
  const { signal } = new AbortController();
  try {
    await work(signal);
    // Warnings are told in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('warning', warned);
  }
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  return warnings;
}

async function withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  const session = new Session(settings, false, makers);
  try {
    await session.prepare();
    assert.equal(session.concurrency, AT_ONCE);
    return await work(session);
  } finally {
    await session.unload();
  }
}

const questions = Array.from({ length: 2 * AT_ONCE }, (_, i): EvaluationQuestion => {
  const text = `the king built city number ${i}`;
  return { id: String(i), question: 'who built the city', text, group: '', golds: [] };
});

describe('one signal for many', () => {
  it('bench --scenario offline', async () => {
    const order = { scenario: 'offline', data: undefined, rate: 0, seed: 1, limit: 2 * AT_ONCE } as const;
    let asked = 0;
    const warnings = await warningsOf(async (signal) => {
      asked = (await benchScenario(order, settings, signal, makers)).questions;
    });
    assert.equal(asked, 2 * AT_ONCE);
    assert.deepEqual(warnings, []);
  });

  it('squad and evaluate', async () => {
    async function* all() {
      yield* questions;
    }
    const set = { name: 'some', questions: questions.length, version2: false, all } as Parameters<typeof askSet>[1];
    await withSession(async (session) => {
      const warnings = await warningsOf(async () => {
        const ask = (question: EvaluationQuestion, signal: AbortSignal) => askAlone(session, question, {}, signal);
        const run = await askSet(session, set, 1e9, ask, () => {});
        assert.equal(run.questions, questions.length);
      });
      assert.deepEqual(warnings, []);
    });
  });

  it('a question about many documents, and a question set about many files that are read by a process of their own', async () => {
    const documents = questions.map(({ text }, i) => {
      const file = path.join(folder, `${i}.pdf`);
      writeFileSync(file, smallPdf([[text]]));
      return { uri: pathToFileURL(file).href };
    });
    const texts = questions.map(({ text, id }) => ({ uri: `untitled:${id}`, text }));
    await withSession(async (session) => {
      const warnings = await warningsOf(async (signal) => {
        const { question } = questions[0];
        await askMany(session, { question, documents: texts, budgetSeconds: 0 }, signal);
        await extract(session, { questions: [{ name: 'who', question }], documents: texts }, signal);
        const { rows, skipped } = await extract(session, { questions: [{ name: 'who', question }], documents }, signal);
        assert.equal(rows.length + skipped.length, documents.length);
      });
      assert.deepEqual(warnings, []);
    });
  });
});

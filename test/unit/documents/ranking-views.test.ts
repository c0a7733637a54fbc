/** Ranking reads a document as the reader does: through the view of the session, which is made once. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { OffsetRange } from '../../../server/protocol.js';
import { passagesOf } from '../../../server/ranking/passages.js';
import { askMany } from '../../../server/runs/ask-many.js';
import type { ReadingSession } from '../../../server/runs/source-reader.js';
import { Session } from '../../../server/session/session.js';
import type { ReadingView } from '../../../server/views/base/reading-view.js';
import { plainView } from '../../../server/views/base/view-builder.js';
import { viewOf } from '../../../server/views/choose-view.js';
import { EditorLanguages } from '../../../server/views/code/editor-languages.js';
import { engineOf, readerWith } from '../helpers/fake-engine.js';
import { fixture } from '../model/model-fixtures.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-ranking-'));
after(() => rmSync(folder, { recursive: true }));

/** Comments of a made-up language, which begin with ";;", between lines of code. */
const source = ['king', 'city', 'queen']
  .map((word) => `${`;; the ${word} built a city\n`.repeat(20)}let ${word} := city\n${'x := the + built\n'.repeat(20)}`)
  .join('\n');

const placesOf = (view: ReadingView): OffsetRange[] => [...passagesOf(view)].map(({ place }) => place);

test('passages in a language that only the editor knows come from its code view', async () => {
  const file = path.join(folder, 'strange.json');
  writeFileSync(file, '{"comments": {"lineComment": ";;"}}');
  const languages = { strange: file };
  const kind = { languageId: 'strange', fileName: 'a.strange' };
  const expected = placesOf(viewOf(source, kind, new EditorLanguages(languages)));
  assert.notDeepEqual(expected, placesOf(viewOf(source, kind)), 'as plain text it has other passages');

  const session = new Session({ modelPath: fixture('tiny-f32'), engine: 'cpu', threads: 1, languages });
  const asked: OffsetRange[] = [];
  const recording: ReadingSession = {
    get engine() {
      return session.engine;
    },
    concurrency: 1,
    prepare: (signal) => session.prepare(signal),
    viewOf: (document, signal) => session.viewOf(document, signal),
    answer: (request, signal) => {
      asked.push(request.range ?? { start: 0, end: request.text.length });
      return session.answer(request, signal);
    },
  };
  try {
    const documents = [{ uri: 'untitled:a.strange', text: source, languageId: 'strange' }];

    await askMany(recording, { question: 'the king built', documents, rankAtOnce: true });
  } finally {
    await session.unload();
  }
  const ends = new Set(expected.flatMap(({ start, end }) => [start, end]));
  assert.ok(asked.length > 0);
  // Neighbouring passages are read together, and the end of the text with the last one.
  for (const { start, end } of asked) assert.ok(ends.has(start) && ends.has(end), `${start}..${end}`);
});

test('each view is built once for both ranking and reading', async () => {
  const made: string[] = [];
  const engine = engineOf(() => 0);
  const reader = readerWith(engine, (text, { fileName = '' }) => {
    made.push(fileName);
    return plainView(text);
  });
  const session: ReadingSession = {
    engine: engine.info,
    concurrency: 1,
    prepare: async () => {},
    viewOf: async (document) => reader.viewOf(document),
    answer: (request, signal) => reader.answer(request, signal),
  };
  const documents = ['a', 'b', 'c'].map((name) => ({
    uri: `untitled:/${name}.txt`,
    text: `${name} king built a city`,
  }));
  await askMany(session, { question: 'king', documents, rankAtOnce: true });
  assert.deepEqual(made.sort(), ['a.txt', 'b.txt', 'c.txt']);
});

test('raw reading ranks the unchanged characters', async () => {
  const raws: (boolean | undefined)[] = [];
  const engine = engineOf(() => 0);
  const reader = readerWith(engine);
  const session: ReadingSession = {
    engine: engine.info,
    concurrency: 1,
    prepare: async () => {},
    viewOf: async (document) => {
      raws.push(document.raw);
      return reader.viewOf(document);
    },
    answer: (request, signal) => reader.answer(request, signal),
  };
  const documents = [{ uri: 'untitled:a.md', text: '# king\n\nbuilt a *city*\n' }];
  await askMany(session, { question: 'king', documents, options: { readAs: 'raw' }, rankAtOnce: true });
  await askMany(session, { question: 'king', documents, rankAtOnce: true });
  assert.deepEqual(raws, [true, false]);
});

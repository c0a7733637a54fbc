/** Files of questions to evaluate: layouts, and what is left out. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { usable } from '../../../server/documents/question-files.js';
import { readJson, squadFile } from '../../../server/documents/squad-file.js';
import { readEvaluationSet } from '../../../server/evaluation/labelled-set.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-questions-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return where;
}

const readSquad = async (name: string, content: string) => {
  const where = file(name, content);
  return squadFile(where, await readJson(where), () => {});
};

const context = 'Mark lives in Turin.';
const rows = [
  { id: '1', title: 't', context, question: 'Who lives in Turin?', answers: { text: ['Mark'], answer_start: [0] } },
  { id: '2', title: 't', context, question: 'Who lives in Rome?', answers: { text: [], answer_start: [] } },
];
const expected = [
  { id: '1', question: 'Who lives in Turin?', context, golds: ['Mark'] },
  { id: '2', question: 'Who lives in Rome?', context, golds: [] },
];

describe('files of questions', () => {
  it('the flat layout of datasets, as JSON and as JSON lines', async () => {
    const lines = `${rows.map((row) => JSON.stringify(row)).join('\r\n')}\n\n`;
    for (const where of [file('flat.json', JSON.stringify(rows)), file('flat.jsonl', lines)]) {
      const squad = await squadFile(where, await readJson(where), () => {});
      assert.deepEqual([squad.questions, [...squad.all()], [...squad.all()]], [2, expected, expected]);
      const set = await readEvaluationSet(where);
      assert.deepEqual([set.questions, set.version2, set.documents], [2, true, undefined]);
    }
  });

  it('a mistake is reported with its place', async () => {
    const cases: [string, RegExp][] = [
      ['[{"context": "x", "id": 1, "question": "q"}]', /\[0\]\.id is not a string/],
      [
        '[{"context": "x", "id": "1", "question": "q", "answers": {"text": "a"}}]',
        /\[0\]\.answers\.text is not a list/,
      ],
      ['{"context": "x"}\n{"id"', /line 2 is not JSON/],
      ['{"id"', /is not JSON/],
      ['', /is not JSON/],
    ];
    for (const [content, message] of cases) {
      await assert.rejects(readSquad('wrong.json', content), { code: 'InputUnreadable', message });
    }
  });

  it('a repeated id and a question without words are left out and reported by name', () => {
    const told: string[] = [];
    const all = [
      ['a', 'Who?'],
      ['b', ' ?'],
      ['a', 'When?'],
      ['c', 'Why?'],
    ].map(([id, question], i) => ({ place: `[${i}]`, question: { id, question } }));
    const kept = [...usable('f.json', all, (message) => told.push(message))];
    assert.deepEqual(
      kept.map(({ id, question }) => [id, question]),
      [
        ['a', 'Who?'],
        ['c', 'Why?'],
      ],
    );
    assert.deepEqual(told, [
      'f.json: [1].question has no words; the question is left out.',
      'f.json: [2].id is "a", the same as [0]; the question is left out.',
    ]);
  });
});

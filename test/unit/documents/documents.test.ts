/** The document set (test/documents) is what its ORIGINS.md says: places of answers, halves, counts, origins. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { decodeDocument } from '../../../server/documents/decode.js';
import type { DocumentQuestion } from '../../../server/evaluation/labelled-set.js';
import { normalizeAnswer } from '../../../server/evaluation/squad-metrics.js';

const folder = path.join('test', 'documents');
const questions: DocumentQuestion[] = JSON.parse(readFileSync(path.join(folder, 'questions.json'), 'utf8'));
const names = readdirSync(folder).filter(
  (name) => !['ORIGINS.md', 'questions.json'].includes(name) && statSync(path.join(folder, name)).isFile(),
);
const texts = new Map(names.map((name) => [name, decodeDocument(readFileSync(path.join(folder, name)), name)]));

/** Rows of the table: file, kind, half, origin, licence. */
const origins = [
  ...readFileSync(path.join(folder, 'ORIGINS.md'), 'utf8').matchAll(/^\| ([\w.-]+\.\w+) \|(.*)\|$/gm),
].map(([, file, rest]) => [file, ...rest.split('|').map((cell) => cell.trim())]);

describe('the document set', () => {
  it('is as large as it should be, in two halves', () => {
    assert.ok(names.length >= 56);
    assert.ok(questions.filter(({ answerable }) => answerable).length >= 570);
    assert.ok(questions.filter(({ answerable }) => !answerable).length >= 115);
    const kinds = (kind: string[]) => questions.filter((q) => q.answerable && kind.includes(q.kind)).length;
    assert.ok(kinds(['code']) >= 40);
    assert.ok(kinds(['table', 'data']) >= 40);
    const half = (split: string) => new Set(questions.filter((q) => q.split === split).map(({ file }) => file));
    const [dev, test] = [half('dev'), half('test')];
    assert.equal(dev.size, test.size);
    for (const file of dev) assert.ok(!test.has(file), `${file} is in both halves`);
    assert.deepEqual([...dev, ...test].sort(), [...names].sort());
  });

  it('has each format that people have open in both halves', () => {
    const formats =
      'markdown table code data csv mail log subtitles chat org man xml dockerfile diff rfc html rst'.split(' ');
    for (const format of formats) {
      for (const half of ['dev', 'test']) {
        const own = questions.filter(({ kind, split }) => kind === format && split === half);
        assert.ok(own.filter(({ answerable }) => answerable).length >= 6, `${format}, ${half}`);
      }
    }
  });

  it('has every answer exactly at its stated place', () => {
    for (const { id, file, answers } of questions) {
      const text = texts.get(file)!;
      for (const { start, text: answer, prose } of answers) {
        assert.equal(text.slice(start, start + answer.length), answer, id);
        assert.equal(answer, answer.trim(), id);
        assert.notEqual(prose, answer, id);
        // Nothing to compare would count as "no answer".
        for (const form of [answer, prose ?? answer]) assert.notEqual(normalizeAnswer(form), '', id);
        if (prose !== undefined) assert.ok(!/\s\s|\n/.test(prose), id);
      }
    }
  });

  it('has unique ids and questions, and answers only where a question is answerable', () => {
    assert.equal(new Set(questions.map(({ id }) => id)).size, questions.length);
    assert.equal(new Set(questions.map(({ file, question }) => `${file} ${question}`)).size, questions.length);
    for (const { id, question, answerable, answers } of questions) {
      assert.match(question, /^[A-Z].*\?$/, id);
      assert.equal(answers.length > 0, answerable, id);
      assert.equal(new Set(answers.map(({ start, text }) => `${start} ${text}`)).size, answers.length, id);
    }
  });

  it('keeps the questions of a document in the same half', () => {
    const order = questions.map(({ file }) => file).filter((file, i, all) => file !== all[i - 1]);
    assert.equal(order.length, new Set(order).size);
  });

  it('names the origin and licence of every document', () => {
    assert.deepEqual(origins.map(([file]) => file).sort(), [...names].sort());
    for (const [file, kind, half, origin, licence] of origins) {
      const own = questions.filter((q) => q.file === file);
      assert.ok(
        own.every(({ split }) => split === half),
        file,
      );
      for (const q of own) if (q.kind !== 'table') assert.equal(q.kind, kind.split(' ')[0], q.id);
      assert.match(origin, /\d/, file);
      for (const [, text] of licence.matchAll(/(licences\/[\w.-]+\.txt)/g)) statSync(path.join(folder, text));
      assert.match(licence, /licences\/|in the file|verbatim/, file);
    }
  });

  it('stays small', () => {
    const sizes = names.map((name) => statSync(path.join(folder, name)).size);
    assert.ok(Math.max(...sizes) <= 150_000);
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) <= 2_500_000);
  });
});

/** Reading through a view: what can be an answer, and how it comes back to the file. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AskResult } from '../../../server/protocol.js';
import { CODE_HANDICAP } from '../../../server/reader/calibration.js';
import type { BlockKind, ReadingView } from '../../../server/views/base/reading-view.js';
import { ViewBuilder } from '../../../server/views/base/view-builder.js';
import { engineOf, favouring, fromTo, idOf, readerWith, type Score } from '../helpers/fake-engine.js';
import fc from '../helpers/fast-check.js';
import { rounds } from '../helpers/long.js';

/** Blocks of a file by hand: strings are copied, [x] is hidden, {x} decodes the x to "a", <x> inserts, | begins a block. */
type Part =
  | string
  | { hide: string }
  | { decode: string; as: string }
  | { insert: string }
  | { block: BlockKind; path?: string[] };

function made(parts: Part[]): { file: string; view: ReadingView } {
  let file = '';
  for (const part of parts) {
    if (typeof part === 'string') file += part;
    else if ('hide' in part) file += part.hide;
    else if ('decode' in part) file += part.decode;
  }
  const builder = new ViewBuilder(file);
  let at = 0;
  for (const part of parts) {
    if (typeof part === 'string') {
      builder.copy(at, at + part.length);
      at += part.length;
    } else if ('hide' in part) at += part.hide.length;
    else if ('decode' in part) {
      builder.decode(part.as, at, at + part.decode.length);
      at += part.decode.length;
    } else if ('insert' in part) builder.insert(part.insert);
    else builder.block(part.block, part.path ?? []);
  }
  return { file, view: builder.build() };
}

async function ask(
  parts: Part[],
  score: Score,
  { range, topK = 5 }: { range?: [string, string]; topK?: number } = {},
): Promise<AskResult & { file: string }> {
  const { file, view } = made(parts);
  const reader = readerWith(engineOf(score), () => view);
  const place = range && { start: file.indexOf(range[0]), end: file.indexOf(range[1]) + range[1].length };
  const result = await reader.answer({ text: file, range: place, question: 'who?', options: { topK } });
  return { ...result, file };
}

const paragraph: Part = { block: 'paragraph' };

describe('reading through a view', () => {
  it('an answer that crosses markup: exact characters, prose, parts, path and sentence', async () => {
    const r = await ask(
      [
        { hide: '# ' },
        { block: 'heading' },
        'The city',
        { hide: '\n\n' },
        { block: 'paragraph', path: ['The city'] },
        'It is red. ',
        { hide: '*' },
        'The',
        { hide: '*' },
        ' ',
        { hide: '**' },
        'ki',
        { hide: '**' },
        'ng sat.',
      ],
      fromTo('the', 'king'),
    );
    const [best] = r.answers;
    // With both halves of each pair of marks.
    assert.equal(best.text, '*The* **ki**ng');
    assert.equal(r.file.slice(best.start, best.end), best.text);
    assert.equal(best.prose, 'The king');
    assert.deepEqual(
      best.parts?.map(({ start, end }) => r.file.slice(start, end)),
      ['The', ' ', 'ki', 'ng'],
    );
    assert.deepEqual(best.path, ['The city']);
    assert.equal(r.file.slice(best.sentence?.start, best.sentence?.end), 'The* **ki**ng sat.');
    assert.deepEqual([best.line, best.character, best.endCharacter], [2, 11, 25]);
  });

  it('prose that equals the text is not given twice', async () => {
    const r = await ask([{ hide: '- ' }, { block: 'listItem' }, 'the king'], favouring('king'));
    const { prose, parts, path, text } = r.answers[0];
    assert.deepEqual([text, prose, parts, path], ['king', undefined, undefined, undefined]);
  });

  it('inserted words are never at the edge of an answer, but may be inside', async () => {
    const parts: Part[] = [
      { block: 'tableRow' },
      { insert: 'king: ' },
      'red',
      { hide: '|' },
      { insert: ', king: ' },
      'green',
    ];
    for (const answer of (await ask(parts, favouring('king', ':'), { topK: 20 })).answers) {
      assert.match(answer.text, /^(red|green|red\|green)$/);
      assert.equal(answer.score, 0);
    }
    const [across] = (await ask(parts, fromTo('red', 'green'))).answers;
    assert.deepEqual([across.text, across.prose], ['red|green', 'red, king: green']);
  });

  it('a decoded character is complete, and occurs only once', async () => {
    const r = await ask([paragraph, 'b ', { decode: '&frac12;', as: '1 2' }, ' c'], favouring('1', '2'), { topK: 20 });
    const found = r.answers.filter(({ text }) => text === '&frac12;');
    assert.deepEqual([found.length, found[0].prose], [1, '1 2']);
  });

  it('an answer never crosses from one block into the next', async () => {
    const two: Part[] = [{ block: 'heading' }, 'the king', { hide: '\n' }, paragraph, 'built a city'];
    for (const answer of (await ask(two, fromTo('king', 'built'), { topK: 20 })).answers) {
      assert.ok(!answer.text.includes('\n'), answer.text);
    }
    const one: Part[] = [paragraph, 'the king', '\n', 'built a city'];
    assert.equal((await ask(one, fromTo('king', 'built'))).answers[0].text, 'king\nbuilt');
  });

  it('code next to prose has the handicap, code alone does not', async () => {
    const score: Score = (id, segment) =>
      segment === 1 && id === idOf('king') ? 9 : segment === 1 && id === idOf('cat') ? 8.9 : 0;
    const code: Part[] = [{ block: 'code' }, 'king'];
    const both = await ask([...code, { hide: '\n' }, paragraph, 'cat'], score);
    assert.deepEqual(
      both.answers.slice(0, 2).map(({ text }) => text),
      ['cat', 'king'],
    );
    assert.equal(both.answers[1].score, 18 - CODE_HANDICAP);
    assert.equal((await ask([...code, { hide: '\n' }, { block: 'code' }, 'cat'], score)).answers[0].score, 18);
  });

  it('a selection is read in the view; a selection of hidden text has no answer', async () => {
    const parts: Part[] = [
      { hide: '<!-- king -->' },
      paragraph,
      'the king. ',
      { hide: '<b>' },
      'a king',
      { hide: '</b>' },
    ];
    const some = await ask(parts, favouring('king'), { range: ['<b>', '</b>'], topK: 20 });
    assert.equal(some.answers[0].start, some.file.lastIndexOf('king'));
    for (const { start } of some.answers) assert.ok(start >= some.file.indexOf('<b>'));
    const none = await ask(parts, favouring('king'), { range: ['<!--', '-->'] });
    assert.deepEqual([none.answers, none.noAnswer.chosen, none.timing.windows], [[], true, 0]);
    JSON.parse(JSON.stringify(none));
  });

  it('raw reads the unchanged characters', async () => {
    const { file, view } = made([paragraph, 'the ', { hide: 'cat ' }, 'king']);
    const reader = readerWith(engineOf(favouring('cat')), () => view);
    const raw = await reader.answer({ text: file, question: 'who', options: { readAs: 'raw' } });
    assert.equal(raw.answers[0].text, 'cat');
    const auto = await reader.answer({ text: file, question: 'who' });
    assert.ok(auto.answers.every(({ text, prose }) => !(prose ?? text).includes('cat')));
  });

  it('the language and the name of the file choose the view', async () => {
    const seen: unknown[] = [];
    const reader = readerWith(engineOf(favouring('king')), (text, kind) => {
      seen.push(kind);
      return made([paragraph, text]).view;
    });
    await reader.answer({ text: 'king', question: 'who', languageId: 'markdown', fileName: 'a.md', key: 'a' });
    assert.deepEqual(seen, [{ languageId: 'markdown', fileName: 'a.md', extracted: undefined }]);
  });

  it('windows below headings start with them; they are never part of an answer', async () => {
    const sentence = 'the cat sat on the mat. ';
    const rows: number[][] = [];
    const path = ['The river', 'Red'];
    const { file, view } = made([
      { block: 'heading', path: ['The river'] },
      'Red',
      { hide: '\n' },
      { block: 'paragraph', path },
      sentence.repeat(30),
    ]);
    const engine = engineOf(favouring('river', 'red'), ({ inputIds, lengths, length, segmentIds }) => {
      for (let row = 0; row < lengths.length; row++) {
        rows.push([...inputIds.subarray(row * length, row * length + lengths[row])]);
        assert.ok(lengths[row] <= 64);
        const context = rows.at(-1)!.indexOf(3) + 1;
        assert.ok(segmentIds.subarray(row * length + context, row * length + lengths[row]).every((id) => id === 1));
      }
    });
    const r = await readerWith(engine, () => view).answer({ text: file, question: 'who', options: { docStride: 8 } });
    assert.ok(rows.length > 3);
    // Ids of the tiny vocabulary; ">" is not in it.
    const prefix = (row: number[]) => row.slice(row.indexOf(3) + 1);
    const ids = (...pieces: string[]) => pieces.map(idOf);
    assert.deepEqual(prefix(rows[0]).slice(0, 4), ids('the', 'river', ':', 'red'));
    for (const row of rows.slice(1))
      assert.deepEqual(prefix(row).slice(0, 5), ids('the', 'river', '[UNK]', 'red', ':'));
    // "Red" as a heading stands in the file and is the best; no other "red" or "river" does.
    assert.equal(r.answers[0].text, 'Red');
    for (const { text, start, end } of r.answers) assert.equal(text, file.slice(start, end));
    for (const { text } of r.answers.slice(1)) assert.match(text, /^[theca son.m]+$/);
  });

  it('a text in one window without headings above it starts with none', async () => {
    const runs: number[] = [];
    const { file, view } = made([
      { block: 'heading' },
      'red',
      { hide: '\n' },
      { block: 'paragraph', path: ['red'] },
      'the cat',
    ]);
    const engine = engineOf(favouring('cat'), ({ lengths }) => runs.push(...lengths));
    await readerWith(engine, () => view).answer({ text: file, question: 'who' });
    assert.deepEqual(runs, [1 + 1 + 1 + 3 + 1]);
  });

  const word = fc.constantFrom('the', 'King', ' ', ' ', '\n', 'café', 'e\u0301', '1', '.', 'xy', '👩‍🚀', '中', '-');
  const kind = fc.constantFrom<BlockKind>('paragraph', 'heading', 'tableRow', 'code', 'listItem', 'value');
  const part: fc.Arbitrary<Part> = fc.oneof(
    { weight: 6, arbitrary: word },
    { weight: 2, arbitrary: fc.record({ hide: word }) },
    { weight: 1, arbitrary: fc.record({ decode: word, as: fc.constantFrom('&', 'king', '1 2', 'ab') }) },
    { weight: 1, arbitrary: fc.record({ insert: word }) },
    {
      weight: 1,
      arbitrary: fc.record({ block: kind, path: fc.array(fc.constantFrom('red', 'a city', ''), { maxLength: 2 }) }),
    },
  );

  it('in random views answers are exact, within one block, with edges in the file, and do not overlap', async () => {
    const scores: Score = (id, segment) => ({ start: ((id * 31) % 17) * segment, end: ((id * 13) % 11) * segment });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 120 }), async (parts) => {
        const { file, view } = made([paragraph, ...parts]);
        const reader = readerWith(engineOf(scores), () => view);
        const r = await reader.answer({
          text: file,
          question: 'who?',
          options: { topK: 20, docStride: 10, maxAnswerLength: 8 },
        });
        for (const [i, a] of r.answers.entries()) {
          assert.ok(a.end > a.start);
          assert.equal(file.slice(a.start, a.end), a.text);
          const seen = view.fromFile(a.start, a.end)!;
          assert.equal(a.prose ?? a.text, view.text.slice(seen.start, seen.end));
          assert.deepEqual(view.toFile(seen.start, seen.end), { start: a.start, end: a.end });
          const parts = a.parts ?? [{ start: a.start, end: a.end }];
          assert.deepEqual([parts[0].start, parts.at(-1)?.end], [a.start, a.end]);
          assert.equal(view.blockAt(seen.start), view.blockAt(seen.end - 1));
          assert.deepEqual(a.path ?? [], view.blockAt(seen.start)?.path);
          assert.ok(a.sentence && a.sentence.start <= a.start && a.sentence.end >= a.end);
          for (const b of r.answers.slice(i + 1)) assert.ok(a.end <= b.start || b.end <= a.start);
        }
        if (
          /[a-z1.]/i.test(view.text) &&
          view.partsInFile(0, view.text.length).some(({ start, end }) => /[a-z1.]/i.test(file.slice(start, end)))
        ) {
          assert.ok(r.answers.length > 0);
        }
      }),
      { numRuns: rounds(100, 5000) },
    );
  });
});

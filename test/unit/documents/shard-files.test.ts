/** `merge` of shards that no run of ours wrote, although their checksums are right, or that change while it runs. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { checkedLine } from '../../../server/cli/checked-lines.js';
import { mergeCommand } from '../../../server/cli/merge.js';
import { filesOfFolder } from '../../../server/cli/reading-flags.js';
import { readShardHead, readShardRows, type ShardHead } from '../../../server/cli/shard-file.js';
import { MAX_DOCUMENT_BYTES, MAX_TOTAL_BYTES } from '../../../server/documents/limits.js';

const root = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-shard-files-'));
after(() => rmSync(root, { recursive: true }));
const out = path.join(root, 't.csv');
const file = `${out}.shard-1-of-1.jsonl`;

const head = {
  shard: { index: 1, of: 1 },
  version: '1.0.0',
  questions: [{ name: 'who', question: 'who built a city' }],
  options: {},
  model: 'hash',
  engine: { name: 'cpu', device: 'a processor', model: 'tiny', precision: 'fp32' },
  seen: { count: 1, sha256: 'hash' },
} satisfies ShardHead;
const cell = { text: 'the king', start: 0, end: 8, line: 0, character: 0, probability: 0.5, grade: 'sure' };
const row = { file: 'a.md', cells: [cell] };

const put = (first: unknown, rows: readonly unknown[] = [row]) => {
  const lines = [...rows, { rows: rows.length }].map(checkedLine);
  writeFileSync(file, `{"askBertShard":1,${checkedLine(first).slice(1)}${lines.join('')}`);
};
const merge = () => mergeCommand.handler({ out, _: [], $0: '' });
const onlyShard = () => assert.deepEqual(readdirSync(root), [path.basename(file)]);

/** Calls `work` as soon as merge listens to signals: the checks before are done, the table is not begun. */
async function whenListening(work: () => void): Promise<void> {
  const before = process.listenerCount('SIGHUP');
  for (let turn = 0; turn < 10_000 && process.listenerCount('SIGHUP') === before; turn++)
    await new Promise((resolve) => setImmediate(resolve));
  work();
}

beforeEach(() => {
  for (const name of readdirSync(root)) rmSync(path.join(root, name), { recursive: true });
});

describe('a shard with right checksums', () => {
  it('is merged if all types are right', async () => {
    const left = { uri: 'file:///b.md', reason: 'binary', message: 'It is binary.' };
    const full = { ...row, cells: [{ ...cell, prose: 'the king', sentenceText: 'the king built', page: 1 }] };
    put(head, [
      { ...full, notes: ['A page is empty.'] },
      { file: 'b.md', cells: [null], skipped: 'It is binary.', left },
    ]);
    await merge();
    assert.match(readFileSync(out, 'utf8'), /a\.md,the king,the king,the king built,page 1,sure,0\.5/);
  });

  const { shard, engine, seen } = head;
  const heads: Record<string, unknown> = {
    'null instead of a head': null,
    'a text instead of a head': 'head',
    'no shard': { ...head, shard: null },
    'a shard that is not whole': { ...head, shard: { index: 1, of: 1.5 } },
    'too many shards': { ...head, shard: { index: 1, of: 4e9 } },
    'more shards than merge can open': { ...head, shard: { index: 1, of: 2001 } },
    'shards as a text': { ...head, shard: { ...shard, of: '1' } },
    'null as question': { ...head, questions: [null] },
    'a question without a name': { ...head, questions: [{ question: 'who' }] },
    'an engine without a device': { ...head, engine: { ...engine, device: 1 } },
    'names that are not counted': { ...head, seen: { ...seen, count: '1' } },
  };
  for (const [what, first] of Object.entries(heads)) {
    it(`is refused with ${what}`, async () => {
      put(first);
      await assert.rejects(merge, /shard-1-of-1\.jsonl is damaged or not complete/);
      onlyShard();
    });
  }

  const rows: Record<string, unknown> = {
    null: null,
    'notes that are a text': { ...row, notes: 'note' },
    'null as note': { ...row, notes: [null] },
    'a number as reason why it was skipped': { ...row, skipped: 1 },
    'null as what was left out': { ...row, left: null },
    'a reason that is not a text': { ...row, left: { uri: 'file:///a.md', reason: {}, message: 'a' } },
    'a name in the walk that is not a text': { ...row, walked: 1 },
    'a number as cell': { ...row, cells: [1] },
    'a number as sentence': { ...row, cells: [{ ...cell, sentenceText: 1 }] },
    'a number as prose': { ...row, cells: [{ ...cell, prose: 1 }] },
    'a number as prose of a range': { ...row, cells: [{ ...cell, ranges: [{ text: 'a', prose: 1 }] }] },
    'a number as chapter': { ...row, cells: [{ ...cell, chapter: 1 }] },
  };
  for (const [what, first] of Object.entries(rows)) {
    it(`is refused with a row of ${what}`, async () => {
      put(head, [first]);
      await assert.rejects(merge, /shard-1-of-1\.jsonl is damaged or not complete/);
      onlyShard();
    });
  }
});

describe('a shard with more than one run reads', () => {
  const folder = path.join(root, 'large');
  const most = Math.floor(MAX_TOTAL_BYTES / MAX_DOCUMENT_BYTES);
  for (const [more, sentence] of [
    [1, /--shard: 1 file of this shard is beyond what one run reads/],
    [2, /--shard: 2 files of this shard are beyond what one run reads/],
  ] as const) {
    it(`is refused: ${more}`, async () => {
      mkdirSync(folder);
      for (let i = 0; i < most + more; i++) {
        writeFileSync(path.join(folder, `${i}.md`), '');
        // Without content: it takes no place.
        truncateSync(path.join(folder, `${i}.md`), MAX_DOCUMENT_BYTES);
      }
      await assert.rejects(
        filesOfFolder({ dir: folder }, async () => true),
        sentence,
      );
    });
  }
});

describe('while merge runs', () => {
  it('a shard that is replaced is refused', async () => {
    put(head);
    const read = await readShardHead(file);
    for await (const { file: name } of readShardRows(file, read)) assert.equal(name, 'a.md');
    put({ ...head, model: 'other' });
    await assert.rejects(readShardRows(file, read).next(), /shard-1-of-1\.jsonl was replaced while it was read/);
  });

  it('a signal to end leaves nothing behind', async () => {
    put(head);
    const merged = assert.rejects(merge(), { code: 'Cancelled', message: 'It was stopped.' });
    await whenListening(() => process.emit('SIGHUP'));
    await merged;
    onlyShard();
  });

  it('a table that comes meanwhile and is not ours stays', async () => {
    put(head);
    const merged = assert.rejects(merge(), /t\.csv exists and is not a table of Ask BERT/);
    await whenListening(() => writeFileSync(out, 'a,b\n'));
    await merged;
    assert.equal(readFileSync(out, 'utf8'), 'a,b\n');
  });
});

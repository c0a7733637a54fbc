/** What is extracted, recognised and kept: by content, once, and nothing of a protected file on disk. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { zipSync } from 'fflate';
import { cancelled } from '../../../server/errors.js';
import type { Reading } from '../../../server/formats/child/messages.js';
import { READERS, readerOf } from '../../../server/formats/child/registry.js';
import type { ExtractOptions } from '../../../server/formats/extracted.js';
import { Extractor } from '../../../server/formats/host/extract.js';
import { ExtractionStore } from '../../../server/formats/host/extraction-store.js';
import { mayBeDocument } from '../../../server/formats/signature.js';
import { zipEntries } from '../../../server/formats/zip-entries.js';
import fc from '../helpers/fast-check.js';
import { smallPdf } from '../helpers/small-pdf.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-extract-'));
after(() => rmSync(folder, { recursive: true }));

const readingOf = (text: string): Reading => ({
  extracted: {
    text,
    blocks: [{ kind: 'paragraph', start: 0, end: text.length }],
    places: [{ start: 0, page: 1 }],
    boxes: {
      starts: Int32Array.of(0),
      ends: Int32Array.of(3),
      pages: Int32Array.of(1),
      rects: Float32Array.of(1, 2, 3, 4),
    },
    notes: ['One page is missing.'],
  },
  format: 'PDF',
  extensions: ['pdf'],
});

/** Counts its readings. */
class Counting {
  count = 0;
  end(): void {}
  async read(bytes: Uint8Array): Promise<Reading> {
    this.count++;
    return readingOf(Buffer.from(bytes).toString('latin1').slice(9, 12));
  }
}
const pdf = (text: string) => Buffer.from(`%PDF-1.4 ${text}`);
const zip = (...names: string[]) => zipSync(Object.fromEntries(names.map((name) => [name, new Uint8Array(8)])));

describe('recognition by content', () => {
  const word = zip('[Content_Types].xml', 'word/document.xml');
  const cases: [string, Uint8Array, string | undefined][] = [
    ['PDF', smallPdf([['a']]), 'PDF'],
    ['PDF after other bytes', Buffer.concat([Buffer.from([0, 1, 2, 0xff]), smallPdf([['a']])]), 'PDF'],
    ['Word', word, 'Word document'],
    ['Word that is cut off', word.subarray(0, word.length - 60), 'Word document'],
    ['RTF', Buffer.from('{\\rtf1 a}'), 'RTF document'],
    ['a text about PDF', Buffer.from('A file begins with %PDF-1.4 and a comment.\n'), undefined],
    ['a text', Buffer.from('PK is not an archive'), undefined],
    ['an archive of something else', zip('a.txt', 'b/c.class'), undefined],
    ['nothing', Buffer.alloc(0), undefined],
  ];
  for (const [what, bytes, format] of cases) {
    it(`${what}: ${format ?? 'no document'}`, () => {
      assert.equal(mayBeDocument(bytes), format !== undefined);
      if (format !== undefined) assert.equal(readerOf(bytes)?.name, format);
    });
  }

  it('every reader names itself and its endings', () => {
    for (const { name, extensions } of READERS) {
      assert.ok(name.length > 1);
      for (const each of extensions) assert.match(each, /^[a-z0-9]+$/);
    }
  });

  it('any bytes have names of entries, or none, and never fail', () => {
    const marks = ['PK\x03\x04', 'PK\x05\x06', 'PK\x01\x02', '\xff\xff\xff\xff', 'a.xml'];
    const part = fc.oneof(fc.constantFrom(...marks), fc.string({ maxLength: 30 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const names = zipEntries(Buffer.from(parts.join(''), 'latin1'));
        assert.ok(names.every((name) => typeof name === 'string'));
      }),
    );
  });
});

describe('kept extractions', () => {
  let made = 0;
  const newStore = (limits?: { total: number; largest: number }) =>
    new ExtractionStore(path.join(folder, `store-${made++}`), limits);

  it('a file is read once, and by another process not at all; other files are', async () => {
    const store = newStore();
    const [first, second] = [new Counting(), new Counting()];
    const extractor = new Extractor({ reader: first, store });
    const one = await extractor.extract(pdf('one'));
    assert.deepEqual(await extractor.extract(pdf('one')), one);
    assert.equal(first.count, 1);
    const other = new Extractor({ reader: second, store });
    assert.deepEqual(await other.extract(pdf('one')), readingOf('one'));
    assert.equal(second.count, 0);
    await other.extract(pdf('two'));
    assert.equal(second.count, 1);
    assert.equal(await other.extract(Buffer.from('a text')), undefined);
  });

  it('two questions about one file at the same time read it once, also if the first is cancelled', async () => {
    class Slow extends Counting {
      readonly #go: (() => void)[] = [];
      override async read(bytes: Uint8Array, { signal }: ExtractOptions = {}): Promise<Reading> {
        const number = ++this.count;
        await new Promise<void>((resolve, reject) => {
          signal?.addEventListener('abort', () => reject(cancelled()));
          this.#go[number] = resolve;
        });
        return readingOf(Buffer.from(bytes).toString('latin1').slice(9, 12));
      }
      async begun(number: number): Promise<void> {
        while (!this.#go[number]) await new Promise(setImmediate);
      }
      finish(number: number): void {
        this.#go[number]();
      }
    }
    for (const store of [undefined, newStore()]) {
      const reader = new Slow();
      const extractor = new Extractor({ reader, store });
      const both = Promise.all([extractor.extract(pdf('one')), extractor.extract(pdf('one'))]);
      await reader.begun(1);
      reader.finish(1);
      assert.deepEqual(await both, [readingOf('one'), readingOf('one')]);
      assert.equal(reader.count, 1);

      const [first, second] = [new AbortController(), new AbortController()];
      const asked = [first.signal, second.signal, undefined].map((signal) =>
        extractor.extract(pdf('two'), signal ? { signal } : {}),
      );
      const isCancelled = { name: 'AskBertError', code: 'Cancelled' };
      await reader.begun(2);
      const rejected = Promise.all([assert.rejects(asked[0], isCancelled), assert.rejects(asked[1], isCancelled)]);
      second.abort(cancelled());
      first.abort(cancelled());
      await rejected;
      await reader.begun(3);
      reader.finish(3);
      assert.deepEqual(await asked[2], readingOf('two'));
      assert.equal(reader.count, 3);
    }
  });

  it('nothing of a protected file, nor of some pages, is on disk', async () => {
    const store = newStore();
    const reader = new Counting();
    const extractor = new Extractor({ reader, store });
    await extractor.extract(pdf('one'), { password: 'x' });
    await extractor.extract(pdf('one'));
    assert.equal(reader.count, 1, 'in memory it is known');
    await extractor.extract(pdf('two'), { pages: { first: 1, last: 1 } });
    assert.equal(await store.clear(), 0);
  });

  it('what was cut off when its time was over is of one question only, and nothing of it is on disk', async () => {
    const store = newStore();
    class Late extends Counting {
      override async read(bytes: Uint8Array): Promise<Reading> {
        const reading = await super.read(bytes);
        return this.count > 2 ? reading : { ...reading, extracted: { ...reading.extracted, cut: true } };
      }
    }
    const reader = new Late();
    const extractor = new Extractor({ reader, store });
    for (let count = 1; count <= 2; count++) {
      assert.equal((await extractor.extract(pdf('one')))?.extracted.cut, true);
      assert.equal(reader.count, count);
      assert.equal(existsSync(store.folder), false);
    }
    assert.deepEqual(await extractor.extract(pdf('one')), readingOf('one'));
    await extractor.extract(pdf('one'));
    assert.equal(reader.count, 3);
    assert.equal(await store.clear(), 1);
  });

  it('what is forgotten is read again', async () => {
    const store = newStore();
    const reader = new Counting();
    const extractor = new Extractor({ reader, store });
    await extractor.extract(pdf('one'));
    assert.equal(readdirSync(store.folder).length, 1);
    await extractor.clear();
    assert.deepEqual(readdirSync(store.folder), []);
    await extractor.extract(pdf('one'));
    assert.equal(reader.count, 2);
  });

  it('a damaged file of the store is not a result, whatever is wrong with it', async () => {
    const store = newStore();
    const key = 'a'.repeat(64);
    await store.set(key, readingOf('one'));
    const [name] = readdirSync(store.folder);
    const file = path.join(store.folder, name);
    const whole = readFileSync(file);
    assert.deepEqual(await store.get(key), readingOf('one'));
    for (const bytes of [
      whole.subarray(0, 40),
      Buffer.alloc(0),
      Buffer.from(whole).fill(7, 50, 51),
      Buffer.from('x'),
    ]) {
      writeFileSync(file, bytes);
      assert.equal(await store.get(key), undefined);
    }
  });

  it('the files used last stay, up to the limit', async () => {
    const size = (text: string) => text.repeat(3000);
    const store = newStore({ total: 25_000, largest: 20_000 });
    const keys = ['a', 'b', 'c'].map((each) => each.repeat(64));
    for (const [i, key] of keys.entries()) {
      await store.set(key, readingOf(size('abc')));
      const time = new Date(Date.now() - 1000 * (10 - i));
      if (i < 2) utimesSync(path.join(store.folder, `${key}.extracted`), time, time);
    }
    assert.equal(await store.get(keys[0]), undefined);
    assert.ok(await store.get(keys[2]));
    await store.set('d'.repeat(64), readingOf(size('abcdefgh')));
    assert.equal(await store.get('d'.repeat(64)), undefined, 'larger than one may be');
  });

  if (process.platform !== 'win32') {
    it('only the user can read the folder, and one that others may change is not used', async () => {
      const store = newStore();
      await store.set('a'.repeat(64), readingOf('one'));
      assert.equal(statSync(store.folder).mode & 0o777, 0o700);
      chmodSync(store.folder, 0o777);
      assert.equal(await store.get('a'.repeat(64)), undefined);
    });
  }
});

/** Checkpoints that are wrong: refused by name, never a crash, a hang or other numbers. */
import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { type PickleHost, readPickle } from '../../../server/model/import/pickle.js';
import { openSource } from '../../../server/model/import/source.js';
import { bundle, bundleEntry, bundleHeader, type Entry, table, tensorPickle, zip } from './import-crafted.js';
import { checkpoint, copyOf, outcome, readAll, refusedAsync, scratch, seeded } from './import-fixtures.js';

const refused = (given: string, ...words: Array<string | RegExp>): Promise<void> =>
  refusedAsync(async () => readAll(given), ...words);

describe('import: TensorFlow', () => {
  const word = 'bert/embeddings/word_embeddings';
  const values = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
  const withEntry = (value: Uint8Array): Entry[] => [
    ['', bundleHeader()],
    [word, value],
  ];

  it('crafted checkpoints are read as they should be', () => {
    const prefix = bundle(withEntry(bundleEntry(values, { shape: [2, 2] })), values);
    assert.deepEqual([...readAll(prefix).values()], [Float32Array.of(1, 2, 3, 4)]);
  });

  it('a tensor beyond 4 GiB is read at its place', () => {
    const offset = 5 * 2 ** 30 + 4;
    const prefix = bundle(withEntry(bundleEntry(values, { offset })));
    const fd = openSync(`${prefix}.data-00000-of-00001`, 'r+');
    // A hole: nothing of it is on the disk.
    ftruncateSync(fd, offset);
    writeSync(fd, values, 0, values.length, offset);
    closeSync(fd);
    assert.deepEqual([...readAll(prefix).values()], [Float32Array.of(1, 2, 3, 4)]);
    rmSync(`${prefix}.data-00000-of-00001`);
  });

  it('partitioned variables, version 1 and Keras are refused with their names', async () => {
    await refused(checkpoint('tf-partitioned'), 'model.ckpt.index', word, 'partitioned');
    await refused(checkpoint('tf-v1'), 'model.ckpt', 'version 1');
    await refused(checkpoint('tf-v1', 'model.ckpt'), 'model.ckpt', 'version 1', 'expected version 2');
    const folder = copyOf('tf-v1');
    writeFileSync(path.join(folder, 'old.ckpt-00000-of-00001'), readFileSync(path.join(folder, 'model.ckpt')));
    await refused(path.join(folder, 'old.ckpt'), 'version 1');
    writeFileSync(path.join(folder, 'new.ckpt.index'), readFileSync(path.join(folder, 'model.ckpt')));
    await refused(path.join(folder, 'new.ckpt'), 'version 1');
    await refused(checkpoint('tf-keras'), 'model.ckpt.index', 'none with the names of BERT', 'kernel/');
  });

  it('wrong compression, versions, types, sizes and places are refused', async () => {
    const good = bundleEntry(values);
    await refused(bundle(withEntry(good), values, 1), 'Snappy');
    await refused(bundle(withEntry(good), values, 9), 'compression type 9');
    await refused(
      bundle([
        ['', bundleHeader({ minConsumer: 2 })],
        [word, good],
      ]),
      'version 2',
    );
    await refused(
      bundle([
        ['', bundleHeader({ bad: 1 })],
        [word, good],
      ]),
      'version',
    );
    await refused(
      bundle([
        ['', bundleHeader({ shards: 0 })],
        [word, good],
      ]),
      '0 data files',
    );
    await refused(
      bundle([
        ['', bundleHeader({ shards: 1e6 })],
        [word, good],
      ]),
      '1000000 data files',
    );
    await refused(
      bundle([
        ['', bundleHeader({ endianness: 2 })],
        [word, good],
      ]),
      'endianness 2',
    );
    await refused(bundle([[word, good]]), 'without the header');
    await refused(bundle([]), 'without the header');
    await refused(bundle([...withEntry(good).reverse()]), /header|order/);
    for (const [fields, ...words] of [
      [{ dtype: 3 }, word, 'int32'],
      [{ dtype: 77 }, word, 'number 77'],
      [{ shape: [5] }, word, '16 bytes', '20'],
      [{ shape: [-1] }, word],
      [{ unknownRank: true }, word],
      [{ shape: [2 ** 40, 2 ** 40] }, word],
      [{ shape: [2 ** 62, 4] }, word],
      [{ shape: [2 ** 40], size: 2 ** 42 }, word, 'has 16 bytes'],
      [{ offset: 1 }, word, 'has 16 bytes'],
      [{ offset: -4 }, word],
      [{ shard: 1 }, 'data file 2 of 1'],
      [{ shard: -1 }, 'data file 0 of 1'],
      [{ crc: 0 }, word, 'checksum'],
    ] as const) {
      await refused(bundle(withEntry(bundleEntry(values, fields)), values), ...words);
    }
    const missing = bundle(withEntry(good));
    rmSync(`${missing}.data-00000-of-00001`);
    await refused(missing, 'model.ckpt.data-00000-of-00001');
  });

  it('500 random entries with right checksums are refused or read, nothing else', () => {
    const random = seeded(11);
    const entry = bundleEntry(values, { shape: [2, 2] });
    const header = bundleHeader();
    const spoil = (bytes: Uint8Array): Uint8Array => {
      const copy = Uint8Array.from(bytes);
      for (let n = random(3); n >= 0; n--) copy[random(copy.length)] = random(256);
      return copy.subarray(0, copy.length - (random(4) === 0 ? random(copy.length) : 0));
    };
    const original = readAll(bundle(withEntry(entry), values));
    const prefix = bundle([], values);
    for (let i = 0; i < 500; i++) {
      writeFileSync(
        `${prefix}.index`,
        table([
          ['', i % 4 ? header : spoil(header)],
          [word, spoil(entry)],
        ]),
      );
      outcome(prefix, original);
    }
  });
});

describe('import: PyTorch', () => {
  const refusedFile = (file: string, ...words: string[]): Promise<void> =>
    refused(checkpoint('torch-refused', file), file, ...words);

  it('a pickle that would run a command is refused, and the error names the function', async () => {
    for (const file of ['system.pt', 'system-4.pt']) await refusedFile(file, '"posix.system"', 'not run');
    assert.ok(!existsSync('must-never-run'));
    await refusedFile('namespace.pt', '"argparse.Namespace"');
  });

  it('old formats, programs and other models are refused by name', async () => {
    await refusedFile('legacy.bin', 'before 1.6');
    await refusedFile('script.pt', 'TorchScript');
    await refusedFile('other.pt', 'names of BERT');
    const tar = path.join(scratch(), 'old.bin');
    const bytes = Buffer.alloc(1024);
    bytes.write('ustar', 257);
    writeFileSync(tar, bytes);
    await refused(tar, 'tar format');
    await refused(zip([['a/b', new Uint8Array(3)]]), 'data.pkl');
  });

  it('tensors that are not weights or exceed their storage are refused', async () => {
    const tensors = openSource(checkpoint('torch-refused', 'odd.pt')).tensors;
    assert.throws(() => tensors.get('qa_outputs.weight')!.read(), /qa_outputs.weight as LongStorage/);
    assert.throws(() => tensors.get('qa_outputs.bias')!.read(), /strides \[0\]/);
    const data: [string, Uint8Array] = ['m/data/0', new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)];
    const crafted = (values: number, offset: number, shape: number[], strides: number[]): string =>
      zip([['m/data.pkl', tensorPickle('qa_outputs.bias', values, offset, shape, strides)], data]);
    assert.deepEqual([...readAll(crafted(4, 1, [3], [1])).values()], [Float32Array.of(2, 3, 4)]);
    assert.deepEqual([...readAll(crafted(4, 0, [2, 2], [1, 2])).values()], [Float32Array.of(1, 3, 2, 4)]);
    assert.deepEqual([...readAll(crafted(4, 0, [0, 5], [5, 1])).values()], [new Float32Array(0)]);
    for (const [values, offset, shape, strides] of [
      [4, 1, [4], [1]],
      [4, 2 ** 53 - 1, [4], [1]],
      [4, 0, [2, 2], [1, 3]],
      [4, 0, [2 ** 30, 2 ** 30], [0, 0]],
      [4, 0, [2], [2 ** 52]],
      [5, 0, [5], [1]],
      [2 ** 50, 0, [4], [1]],
      [4, -1, [4], [1]],
      [4, 0, [4], [-1]],
      [4, 0, [4], [1, 1]],
    ] as Array<[number, number, number[], number[]]>) {
      await refused(crafted(values, offset, shape, strides), 'model.pt');
    }
    await refused(zip([['m/data.pkl', tensorPickle('qa_outputs.bias', 4, 0, [4], [1])]]), 'data/0');
  });

  it('1000 random pickles with right checksums are refused or read, nothing else', () => {
    const random = seeded(12);
    const pickle = tensorPickle('qa_outputs.bias', 4, 0, [4], [1]);
    const data = new Uint8Array(16);
    const original = readAll(
      zip([
        ['m/data.pkl', pickle],
        ['m/data/0', data],
      ]),
    );
    for (let i = 0; i < 1000; i++) {
      const copy = Buffer.from(pickle);
      for (let n = random(4); n >= 0; n--) copy[random(copy.length)] = random(256);
      outcome(
        zip([
          ['m/data.pkl', copy],
          ['m/data/0', data],
        ]),
        original,
      );
    }
  });
});

describe('pickle machine', () => {
  const host: PickleHost = {
    global: (module, name) => {
      throw new Error(`${module}.${name}`);
    },
    call: () => assert.fail(),
    persistent: () => assert.fail(),
    build: () => assert.fail(),
  };
  const read = (...bytes: Array<number | string>): unknown =>
    readPickle(
      Buffer.concat(bytes.map((b) => (typeof b === 'string' ? Buffer.from(b, 'latin1') : Buffer.from([b])))),
      host,
    );

  it('builds data', () => {
    assert.deepEqual(
      read(0x80, 2, '}X\x01\x00\x00\x00aK\x05sX\x01\x00\x00\x00b](K\x01K\x02es.'),
      new Map<string, unknown>([
        ['a', 5],
        ['b', [1, 2]],
      ]),
    );
    assert.equal(read('\x8a\x02\xff\xff.'), -1);
    assert.equal(read('\x8a\x00.'), 0);
    assert.equal(read('\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01.'), 2n ** 64n);
    assert.equal(read('G\x3f\xf8\x00\x00\x00\x00\x00\x00.'), 1.5);
    const list = read(']q\x00h\x00a.') as unknown[];
    assert.equal(list[0], list);
  });

  it('refuses calls and broken input', () => {
    for (const [pickle, word] of [
      ['cos\nsystem\n.', /os\.system/],
      ['\x8c\x02os\x8c\x06system\x93.', /os\.system/],
      ['ios\nsystem\n.', /INST/],
      ['(o.', /OBJ/],
      [')\x81.', /NEWOBJ/],
      ['}}}\x92.', /NEWOBJ_EX/],
      ['\x82\x01.', /EXT1/],
      ['P1\n.', /PERSID/],
      ['I1\n.', /0x49/],
      ['.', /takes more/],
      ['K', /too early/],
      ['N', /too early/],
      ['h\x07.', /recalls/],
      ['t.', /mark/],
      ['K\x01a.', /more values|not a list/],
      ['NNa.', /not a list/],
      ['}(K\x01u.', /not a dict/],
      ['X\xff\xff\xff\xffabc.', /too early/],
      ['\x8d\xff\xff\xff\xff\xff\xff\xff\xff.', /too early/],
      ['\x8b\xff\xff\xff\x7f.', /whole number/],
      ['\x80\x09.', /protocol/],
      ['cos', /too early/],
    ] as const) {
      assert.throws(() => read(pickle), word, JSON.stringify(pickle));
    }
  });
});

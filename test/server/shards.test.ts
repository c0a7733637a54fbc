/** `extract --shard` and `merge`: the table of one run; shards that do not belong together are refused. */
import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { shardOf } from '../../server/documents/shards.js';
import { fixture } from '../unit/model/model-fixtures.js';
import { CommandLines } from './command-lines.js';
import { tinyModel } from './sidecar-process.js';

const root = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-shards-'));
const lines = new CommandLines({ ...process.env, NO_COLOR: '1' });
after(() => {
  lines.close();
  rmSync(root, { recursive: true });
});

const docs = path.join(root, 'docs');
const questions = path.join(root, 'q.yaml');
const put = (name: string, content: string | Uint8Array, folder = docs) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), content);
};
/** Names whose order differs as text and as a walk: a file `b.md` comes before what is in a folder `a`. */
const names = ['b.md', 'a/z.md', 'a/b/c.md', 'a-1.md', 'a/b.md', 'a.md', 'Z.md', 'ä.md', 'a/b-/d.md', 'c/e.md'];

const extract = (out: string, ...more: string[]) => {
  const usual = { '--questions': questions, '--dir': docs, '--model': tinyModel };
  const missing = Object.entries(usual).filter(([flag]) => !more.includes(flag));
  return lines.run(['extract', '--out', at(out), ...missing.flat(), ...more]);
};
const merge = (out: string, ...more: string[]) => lines.run(['merge', ...more, '--out', at(out)]);
const at = (name: string) => path.join(root, name);
const shard = (out: string, i: number, of: number) => at(`${out}.shard-${i}-of-${of}.jsonl`);
const good = async (run: ReturnType<typeof lines.run>) => {
  const { code, err } = await run;
  assert.equal(code, 0, err);
  return err;
};

before(async () => {
  for (const [i, name] of names.entries()) put(name, `the king built city ${i} in the year ${i}\n`);
  put('a/binary.bin', Buffer.from([0, 1, 2]));
  put('large.txt', Buffer.alloc(8 * 1024 * 1024 + 1, 97));
  put('a/large.txt', Buffer.alloc(8 * 1024 * 1024 + 1, 97));
  put('latin.txt', Buffer.from('the queen of a river, Universit\u00e4t\n', 'latin1'));
  // Read once, under the first name, whichever shards the names are in.
  if (process.platform !== 'win32') for (let i = 0; i < 8; i++) symlinkSync('b.md', path.join(docs, `link${i}.md`));
  writeFileSync(questions, '- {name: who, question: who built a city}\n- {name: year, question: what year}\n');
  for (let i = 1; i <= 3; i++) await good(extract('t.csv', '--shard', `${i}/3`));
});

describe('extract --shard and merge', () => {
  for (const format of ['csv', 'json', 'md']) {
    it(`${format}: byte for byte the table of one run`, async () => {
      await good(extract(`single.${format}`));
      const shards = [3, 1, 2].map((i) => shard('t.csv', i, 3));
      const said = await good(merge(`merged.${format}`, ...shards));
      assert.match(said, /merged\.\w+: \d+ rows of 3 shards, 3 skipped/);
      const [single, merged] = ['single', 'merged'].map((name) => readFileSync(at(`${name}.${format}`), 'utf8'));
      assert.equal(merged, single);
      for (const name of names) assert.ok(merged.includes(name), name);
    });
  }

  it('finds the shards beside the table', async () => {
    mkdirSync(at('many'));
    for (let i = 1; i <= 9; i++) await good(extract('many/t.csv', '--shard', `${i}/9`));
    await good(merge('many/t.csv'));
    await good(extract('single.csv'));
    assert.equal(readFileSync(at('many/t.csv'), 'utf8'), readFileSync(at('single.csv'), 'utf8'));
  });

  it('finds them beside the file that a link leads to', async () => {
    for (const folder of ['far', 'near']) mkdirSync(at(folder));
    if (process.platform !== 'win32') symlinkSync(at('far/t.csv'), at('near/link.csv'));
    const out = process.platform === 'win32' ? 'far/t.csv' : 'near/link.csv';
    // The second time, the file is there.
    for (const time of [1, 2]) {
      for (const i of [1, 2]) await good(extract(out, '--shard', `${i}/2`));
      await good(merge(out));
      assert.ok(existsSync(at('far/t.csv')), `${time}`);
    }
  });

  it('counts one row and one shard as one', async () => {
    const one = at('one');
    put('only.md', 'the king built a city\n', one);
    await good(extract('one.csv', '--dir', one, '--shard', '1/1'));
    assert.match(await good(merge('one.csv')), /one\.csv: 1 row of 1 shard$/m);
    rmSync(shard('one.csv', 1, 1));
    for (const i of [1, 2]) await good(extract('one.csv', '--dir', one, '--shard', `${i}/2`));
    assert.match(await good(merge('one.csv')), /one\.csv: 1 row of 2 shards$/m);
    put('other.md', 'the queen built a city\n', at('two-files'));
    put('more.md', 'the queen built a city\n', at('two-files'));
    await good(extract('one.csv', '--dir', at('two-files'), '--shard', '2/2'));
    const { code, err } = await merge('one.csv');
    assert.equal(code, 1, err);
    assert.match(err, /saw 1 file in the folder, and shard 2\/2 \(.*\) saw 2\./);
  });

  it('in the folder itself: neither shards nor states nor the table are read', async () => {
    const copy = at('copy');
    cpSync(docs, copy, { recursive: true });
    for (const time of [1, 2]) {
      for (const i of [1, 2]) await good(extract('copy/t.md', '--dir', copy, '--no-ignore', '--shard', `${i}/2`));
      await good(merge('copy/t.md'));
      const table = readFileSync(at('copy/t.md'), 'utf8');
      assert.doesNotMatch(table, /t\.md|\.shard-/, `${time}`);
    }
  });

  it('a shard resumes from its own state', async () => {
    assert.match(
      await good(extract('t.csv', '--shard', '2/3', '--resume')),
      /shard-2-of-3\.jsonl: .* from an earlier run/,
    );
  });

  it('a shard without files is complete', async () => {
    const empty = Array.from({ length: 60 }, (_, i) => i + 1).find((i) =>
      [...names, 'a/binary.bin', 'large.txt', 'a/large.txt', 'latin.txt'].every((name) => shardOf(name, 60) !== i),
    );
    assert.match(await good(extract('t.csv', '--shard', `${empty}/60`)), /: 0 of 0 files/);
    assert.ok(existsSync(shard('t.csv', empty!, 60)));
  });

  it('a file keeps its shard when others are added', () => {
    // The first bytes of SHA-256, worked out by hand once: a change would move every file of every folder.
    assert.deepEqual(
      ['a.md', 'a/b.md', 'ä.md'].map((name) => shardOf(name, 8)),
      [5, 5, 1],
    );
  });
});

/** Shards 1 and 2 of 2 in a folder of their own, the second one with other flags, documents or model. */
async function two(name: string, ...more: string[]): Promise<string[]> {
  mkdirSync(at(name));
  await good(extract(`${name}/t.csv`, '--shard', '1/2', '--precision', 'fp32'));
  const precision = more.includes('--precision') ? [] : ['--precision', 'fp32'];
  await good(extract(`${name}/t.csv`, '--shard', '2/2', ...precision, ...more));
  return [1, 2].map((i) => shard(`${name}/t.csv`, i, 2));
}

/** Changes the head of a shard as another version would have written it. */
function withHead(file: string, change: (head: Record<string, unknown>) => void, seal: (text: string) => string): void {
  const [first, ...rest] = readFileSync(file, 'utf8').split('\n');
  const line = JSON.parse(first);
  const head = JSON.parse(line.row);
  change(head);
  const row = JSON.stringify(head);
  writeFileSync(file, [JSON.stringify({ ...line, row, check: seal(row) }), ...rest].join('\n'));
}

describe('merge refuses by name', () => {
  const refused = async (sentence: RegExp, ...args: string[]) => {
    const { code, err } = await merge('refused.csv', ...args);
    assert.equal(code, 1, err);
    assert.match(err, sentence);
    assert.ok(!existsSync(at('refused.csv')));
    assert.ok(!readdirSync(root).some((name) => name.endsWith('.ask-bert-part')));
  };
  const of3 = (...list: number[]) => list.map((i) => shard('t.csv', i, 3));

  it('a missing shard, and several', async () => {
    await refused(/A shard is missing: 2\/3\. Run "ask-bert extract --shard 2\/3 --out .*refused\.csv"/, ...of3(1, 3));
    await refused(/2 of 3 shards are missing: 1\/3, 3\/3\./, ...of3(2));
    await refused(/There are no shards of .*refused\.csv: found no .*refused\.csv\.shard-I-of-N\.jsonl\./);
  });

  it('a doubled shard', async () => {
    cpSync(shard('t.csv', 2, 3), at('twice.jsonl'));
    await refused(
      /Shard 2\/3 is there twice: .*t\.csv\.shard-2-of-3\.jsonl and .*twice\.jsonl/,
      ...of3(1, 2, 3),
      at('twice.jsonl'),
    );
  });

  it('shards of different divisions', async () => {
    await good(extract('t.csv', '--shard', '1/2'));
    await refused(
      /shard-1-of-2\.jsonl is shard 1\/2, and .*shard-1-of-3\.jsonl is shard 1\/3/,
      ...of3(1),
      shard('t.csv', 1, 2),
    );
  });

  it('other questions, other options', async () => {
    const other = at('other.yaml');
    writeFileSync(other, '- {name: who, question: who built a town}\n- {name: year, question: what year}\n');
    await refused(
      /Shards 1\/2 \(.*\) and 2\/2 \(.*\) have different questions/,
      ...(await two('q', '--questions', other)),
    );
    await refused(/Shards 1\/2 .* were read with different options/, ...(await two('o', '--raw')));
  });

  it('other weights', async () => {
    await refused(
      /Shard 2\/2 \(.*\) was read with other weights than shard 1\/2/,
      ...(await two('w', '--model', fixture('tiny-f16'))),
    );
  });

  it('another precision', async () => {
    await refused(
      /Shard 1\/2 .* was computed by cpu fp32, and shard 2\/2 .* by cpu int8/,
      ...(await two('p', '--precision', 'int8')),
    );
  });

  it('another folder, or one that files were added to meanwhile', async () => {
    const more = at('more');
    // Copies of the links would lead to the other folder.
    cpSync(docs, more, { recursive: true, filter: (from) => !path.basename(from).startsWith('link') });
    put('new.md', 'the king built a city\n', more);
    await refused(
      /Shard 1\/2 .* saw \d+ files in the folder, and shard 2\/2 .* saw \d+\. Run all shards again with --resume/,
      ...(await two('f', '--dir', more)),
    );
    rmSync(path.join(more, 'a.md'));
    await refused(
      /Shards 1\/2 .* and 2\/2 .* saw as many files in the folder, but with other names\./,
      ...(await two('g', '--dir', more)),
    );
  });

  it('another version, another format', async () => {
    const { createHash } = await import('node:crypto');
    const seal = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);
    const files = await two('v');
    withHead(
      files[1],
      (head) => {
        head.version = '0.0.1';
      },
      seal,
    );
    await refused(/Shard 1\/2 .* was read by version \S+ of Ask BERT, and shard 2\/2 .* by version 0\.0\.1/, ...files);
    writeFileSync(files[1], readFileSync(files[1], 'utf8').replace('"askBertShard":1', '"askBertShard":2'));
    await refused(
      /shard-2-of-2\.jsonl was written by another version of Ask BERT: its format is 2, expected 1/,
      ...files,
    );
  });

  it('a file that is not a shard, and one that is not there', async () => {
    await refused(/q\.yaml is not a shard of a table/, ...of3(1), questions);
    await refused(/none\.jsonl cannot be read: /, at('none.jsonl'));
  });

  it('a shard that was cut off or changed at any line', async () => {
    const whole = readFileSync(shard('t.csv', 1, 3), 'utf8');
    const rows = whole.trimEnd().split('\n');
    assert.ok(rows.length >= 4, 'too few rows in this shard to be damaged');
    const damaged = {
      'without its end': rows.slice(0, -1),
      'a row less': [...rows.slice(0, 1), ...rows.slice(2)],
      'a row twice': [...rows.slice(0, 2), ...rows.slice(1)],
      'rows in another order': [rows[0], rows[2], rows[1], ...rows.slice(3)],
      'a changed row': rows.map((row, i) => (i === 1 ? row.replace('cells', 'sells') : row)),
      'more after its end': [...rows, rows[1]],
    };
    for (const [what, list] of Object.entries(damaged)) {
      writeFileSync(at('damaged.jsonl'), `${list.join('\n')}\n`);
      await refused(
        /damaged\.jsonl is damaged or not complete\. Run this shard again/,
        at('damaged.jsonl'),
        ...of3(2, 3),
      );
      assert.ok(what);
    }
    writeFileSync(at('damaged.jsonl'), rows.map((row, i) => (i === 0 ? row.replace('seen', 'sean') : row)).join('\n'));
    await refused(/damaged\.jsonl is damaged/, at('damaged.jsonl'), ...of3(2, 3));
  });

  it('rows of another shard', async () => {
    const { createHash } = await import('node:crypto');
    const seal = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);
    cpSync(shard('t.csv', 2, 3), at('posing.jsonl'));
    withHead(
      at('posing.jsonl'),
      (head) => {
        head.shard = { index: 1, of: 3 };
      },
      seal,
    );
    await refused(/posing\.jsonl has a row of .*, which belongs to another shard/, at('posing.jsonl'), ...of3(2, 3));
  });

  it('a table that is not ours stays', async () => {
    writeFileSync(at('mine.csv'), 'a,b\n');
    const { code, err } = await merge('mine.csv', ...of3(1, 2, 3));
    assert.equal(code, 2);
    assert.match(err, /mine\.csv exists and is not a table of Ask BERT/);
    assert.equal(readFileSync(at('mine.csv'), 'utf8'), 'a,b\n');
  });
});

describe('--shard', () => {
  for (const value of ['0/8', '9/8', '3', '3/', '/8', '-1/8', '1.5/2', '3/8/9', '1/2001', '1/100001', 'a/b', '']) {
    it(`refuses ${JSON.stringify(value)}`, async () => {
      const { code, err } = await extract('x.csv', '--shard', value);
      assert.equal(code, 2);
      assert.match(
        err,
        /--shard: found ".*", expected I\/N such as 3\/8.*at most 2000, as many as "merge" can open|shard/,
      );
    });
  }

  it('of a folder without files says so', async () => {
    mkdirSync(at('empty'));
    const { code, err } = await extract('x.csv', '--dir', at('empty'), '--shard', '1/2');
    assert.equal(code, 3);
    assert.match(err, /Nothing was read: .*empty has no files to read/);
  });
});

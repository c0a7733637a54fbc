/** Walking a folder, and reading one document of many. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { walkFolder } from '../../../server/documents/find-files.js';
import { MAX_DOCUMENT_BYTES } from '../../../server/documents/limits.js';
import { decodeAny, loadDocument, surveyDocument } from '../../../server/documents/load.js';

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder with these files; names with slashes, a name that ends with one is a folder. */
function tree(files: Record<string, string | Uint8Array>): string {
  const root = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-files-'));
  folders.push(root);
  for (const [name, content] of Object.entries(files)) {
    const where = path.join(root, name);
    mkdirSync(name.endsWith('/') ? where : path.dirname(where), { recursive: true });
    if (!name.endsWith('/')) writeFileSync(where, content);
  }
  return root;
}

const names = async (root: string, options?: Parameters<typeof walkFolder>[1]) =>
  (await walkFolder(root, options)).files.map(({ name }) => name);

const load = (file: string) => loadDocument({ uri: pathToFileURL(file).href });

test('files in order, without version control and node_modules; hidden ones too', async () => {
  const root = tree({
    'b.md': 'x',
    'a/z.txt': 'x',
    'a/.hidden': 'x',
    '.git/config': 'x',
    'a/node_modules/p/index.js': 'x',
    'empty/': '',
  });
  assert.deepEqual(await names(root), ['b.md', 'a/.hidden', 'a/z.txt']);
  assert.deepEqual(await names(root, { ignored: true }), ['b.md', 'a/.hidden', 'a/z.txt', 'a/node_modules/p/index.js']);
  const [first] = (await walkFolder(root)).files;
  assert.equal(first.path, path.join(root, 'b.md'));
  assert.equal(first.size, 1);
  assert.ok(first.mtimeMs > 0);
});

test('.gitignore files as git reads them: nested, negated, anchored, of folders', async () => {
  const files = {
    '.gitignore': '*.log\n/build/\n!keep.log\ndoc/*.tmp\n\\#odd\n',
    'a.log': '',
    'keep.log': '',
    '#odd': '',
    'build/out.txt': '',
    'src/build/in.txt': '',
    'src/.gitignore': '!again.log\nsecret.txt\n**/deep/\n',
    'src/again.log': '',
    'src/secret.txt': '',
    'src/x/deep/f.txt': '',
    'src/x/f.txt': '',
    'secret.txt': '',
    'doc/a.tmp': '',
    'doc/b/a.tmp': '',
    'Upper.LOG': '',
  };
  const root = tree(files);
  const found = await names(root);
  execFileSync('git', ['init', '-q'], { cwd: root });
  const listed = execFileSync('git', ['ls-files', '--others', '--exclude-standard', '-z'], { cwd: root });
  // Files only for git are not documents.
  const expected = listed
    .toString()
    .split('\0')
    .filter((name) => name && !name.endsWith('.gitignore'));
  assert.deepEqual(new Set(found), new Set(expected));
  assert.ok(found.includes('src/again.log') && !found.includes('src/secret.txt'));
});

test('the rules of a repository apply to its folders, unless such a folder is ignored itself', async () => {
  const root = tree({
    '.gitignore': '*.log\nout/\n',
    '.git/HEAD': '',
    'src/a.log': '',
    'src/b.md': '',
    'out/c.md': '',
  });
  assert.deepEqual(await names(path.join(root, 'src')), ['b.md']);
  assert.deepEqual(await names(path.join(root, 'out')), ['c.md']);
});

test('lock files and ignore files are documents only when they are named', async () => {
  const root = tree({
    'a.md': '',
    'package-lock.json': '{}',
    'x/Cargo.lock': '',
    '.gitignore': 'b.md\n',
    'x/go.sum': '',
  });
  assert.deepEqual(await names(root), ['a.md']);
  assert.deepEqual(await names(root, { include: ['*.json', '*.lock'] }), []);
  assert.deepEqual(await names(root, { include: ['package-lock.json', '**/Cargo.lock'] }), [
    'package-lock.json',
    'x/Cargo.lock',
  ]);
  assert.ok((await names(root, { ignored: true })).includes('x/go.sum'));
});

test('only what is included', async () => {
  const root = tree({ 'a.md': '', 'docs/b.md': '', 'docs/c.txt': '', 'x/docs/d.txt': '' });
  assert.deepEqual(await names(root, { include: ['*.md'] }), ['a.md', 'docs/b.md']);
  assert.deepEqual(await names(root, { include: ['/docs/**'] }), ['docs/b.md', 'docs/c.txt']);
  assert.deepEqual(await names(root, { include: ['a.md', 'd.txt'] }), ['a.md', 'x/docs/d.txt']);
  await assert.rejects(walkFolder(root, { include: [' '] }), { code: 'BadRequest' });
});

test('links are followed, each target once, and loops end', { skip: process.platform === 'win32' }, async () => {
  const root = tree({ 'a/f.txt': 'x', 'b/g.txt': 'y' });
  const outside = tree({ 'o.txt': 'z' });
  symlinkSync('..', path.join(root, 'a', 'loop'));
  symlinkSync('../b', path.join(root, 'a', 'other'));
  symlinkSync(path.join(outside, 'o.txt'), path.join(root, 'b', 'linked.txt'));
  symlinkSync('nowhere', path.join(root, 'broken'));
  symlinkSync('itself', path.join(root, 'itself'));
  const found = await names(root);
  assert.deepEqual(found.map((name) => path.basename(name)).sort(), ['f.txt', 'g.txt', 'linked.txt']);
});

test('anything that is not a file of reasonable size is reported', async () => {
  const root = tree({ 'large.txt': '', 'a.txt': 'x' });
  truncateSync(path.join(root, 'large.txt'), 100 * 1024 * 1024);
  const walk = await walkFolder(root);
  assert.deepEqual(
    walk.files.map(({ name }) => name),
    ['a.txt'],
  );
  assert.deepEqual(
    walk.skipped.map(({ reason }) => reason),
    ['tooLarge'],
  );
  assert.match(walk.skipped[0].message, /large\.txt is larger than 8 MB/);
  await assert.rejects(walkFolder(path.join(root, 'a.txt')), { code: 'InputUnreadable', message: /is not a folder/ });
  await assert.rejects(walkFolder(path.join(root, 'none')), { code: 'InputUnreadable', message: /no such folder/ });
  await assert.rejects(walkFolder(root, { signal: AbortSignal.abort() }), { code: 'Cancelled' });
});

test('a document is loaded in any encoding, with a version that changes with its contents', async () => {
  const root = tree({
    'utf8.txt': 'Grüße',
    'utf16.txt': Buffer.from('\ufeffGrüße', 'utf16le'),
    'latin.txt': Buffer.from('Die Straße führt über die Brücke zum Schloß, schöne Grüße aus Köln.', 'latin1'),
  });
  const one = await load(path.join(root, 'utf8.txt'));
  assert.ok('text' in one && one.text === 'Grüße');
  const two = await load(path.join(root, 'utf16.txt'));
  assert.ok('text' in two && two.text === 'Grüße');
  const three = await load(path.join(root, 'latin.txt'));
  assert.ok('text' in three && three.text.includes('Straße führt über die Brücke zum Schloß'));
  writeFileSync(path.join(root, 'utf8.txt'), 'another text');
  const changed = await load(path.join(root, 'utf8.txt'));
  assert.ok('text' in changed && changed.version !== one.version);
  const survey = await surveyDocument({ uri: pathToFileURL(path.join(root, 'utf8.txt')).href });
  assert.ok('size' in survey && survey.version === changed.version);
  const given = await loadDocument({ uri: 'untitled:1', text: 'x' });
  const other = await loadDocument({ uri: 'untitled:1', text: 'y' });
  assert.ok('text' in given && 'text' in other && given.version !== other.version);
});

test('what cannot be read is skipped with its reason', async () => {
  let seed = 7;
  const noise = Uint8Array.from({ length: 5000 }, () => {
    seed = (seed * 48271) % 2147483647;
    return 1 + (seed % 255);
  });
  const root = tree({
    'binary.bin': Buffer.from([0xff, 0xd8, 1, 0, 2]),
    'late.txt': `${'text '.repeat(5000)}\0`,
    'noise.dat': noise,
    'odd16.txt': Buffer.from([0xff, 0xfe, 0x41]),
    'large.txt': '',
    'many.latin': Buffer.from('Straße '.repeat(200_000), 'latin1'),
    'folder/': '',
  });
  truncateSync(path.join(root, 'large.txt'), MAX_DOCUMENT_BYTES + 1);
  const reasons = {
    'binary.bin': 'binary',
    'late.txt': 'binary',
    'noise.dat': 'notText',
    'odd16.txt': 'notText',
    'large.txt': 'tooLarge',
    'many.latin': 'notText',
    folder: 'unreadable',
    'missing.txt': 'unreadable',
  };
  for (const [name, reason] of Object.entries(reasons)) {
    const loaded = await load(path.join(root, name));
    assert.ok('reason' in loaded, name);
    assert.equal(loaded.reason, reason, name);
    assert.ok(loaded.message.includes(name), loaded.message);
  }
  const pipe = path.join(root, 'pipe');
  if (process.platform !== 'win32') {
    execFileSync('mkfifo', [pipe]);
    const loaded = await load(pipe);
    assert.ok('reason' in loaded && loaded.reason === 'unreadable');
  }
  const wrong = await loadDocument({ uri: 'https://example.org/a' });
  assert.ok('reason' in wrong && wrong.reason === 'unreadable');
  await assert.rejects(loadDocument({ uri: 'untitled:1', text: '' }, AbortSignal.abort()), { code: 'Cancelled' });
});

test('decoding never throws', () => {
  const samples = [[], [0xff], [0xff, 0xfe], [0xfe, 0xff, 0], [0xef, 0xbb, 0xbf], [0xff, 0xfe, 0, 0], [0xc3]];
  for (const bytes of samples) {
    const decoded = decodeAny(Buffer.from(bytes), 'x');
    assert.ok('reason' in decoded ? decoded.message.includes('x') : typeof decoded.text === 'string');
  }
});

test('deeply nested folders: each real path is looked up once, and rules apply at every depth', async (t) => {
  const depth = 400;
  const root = tree({ 'a.txt': '', '.gitignore': 'x*.txt' });
  let at = root;
  for (let i = 0; i < depth; i++) {
    at += '/d';
    mkdirSync(at);
    writeFileSync(`${at}/a.txt`, '');
    writeFileSync(`${at}/x.txt`, '');
  }
  writeFileSync(`${at}/.gitignore`, '!xy.txt');
  writeFileSync(`${at}/xy.txt`, '');
  const asked = t.mock.method(promises, 'realpath');
  const { files, skipped } = await walkFolder(root);
  assert.equal(asked.mock.callCount(), 1);
  assert.deepEqual(skipped, []);
  assert.equal(files.length, depth + 2);
  assert.deepEqual(
    files.filter(({ name }) => /(?:^|\/)x[^/]*$/.test(name)).map(({ name }) => name),
    [`${'d/'.repeat(depth)}xy.txt`],
  );
});

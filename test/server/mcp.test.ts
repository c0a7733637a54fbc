/** `ask-bert mcp` as an agent meets it: the official client over standard input and output. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ListRootsRequestSchema, type Progress } from '@modelcontextprotocol/sdk/types.js';
import { smallPdf } from '../unit/helpers/small-pdf.js';
import { until } from './fake-worker.js';
import { assertEnds, longText, tinyModel } from './sidecar-process.js';

// Without links, as the tools name files.
const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'ask-bert-mcp-')));
after(() => rmSync(folder, { recursive: true }));

const root = path.join(folder, 'root');
const files: Record<string, string | Buffer> = {
  'root/city.md': '# The city\n\nThe king built a city in the year 3.\n',
  'root/sub/river.txt': 'the queen of a river\nthe cat sat on a mat\n',
  'root/sub/ignored.log': 'the king built a city\n',
  'root/.gitignore': '*.log\n',
  'root/lease.pdf': smallPdf([['The first page'], ['the king built a city']]),
  'root/data.bin': Buffer.from([0, 1, 2]),
  'other/cat.txt': 'the cat sat on a mat\n',
  'outside/secret.txt': 'the secret king built a secret city\n',
};
for (const [name, content] of Object.entries(files)) {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), content);
}
const uriOf = (name: string) => pathToFileURL(path.join(folder, name)).href;

const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

interface Started {
  client: Client;
  transport: StdioClientTransport;
  errors: Error[];
  err: () => string;
  /** Changes what the client says. */
  roots: string[] | undefined;
}

interface StartOptions {
  args?: string[];
  cwd?: string;
  /** Folders; missing: the client has no roots. */
  roots?: string[];
}

async function start({ args = [], cwd = folder, roots }: StartOptions = {}): Promise<Started> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [path.resolve('dist/cli.js'), 'mcp', '--model', tinyModel, '--threads', '1', ...args],
    cwd,
    env: { ...(process.env as Record<string, string>) },
    stderr: 'pipe',
  });
  let err = '';
  transport.stderr?.on('data', (data: Buffer) => {
    err += data.toString('utf8');
  });
  const client = new Client(
    { name: 'test', version: '1' },
    { capabilities: roots ? { roots: { listChanged: true } } : {} },
  );
  const started: Started = { client, transport, errors: [], err: () => err, roots };
  if (roots) {
    client.setRequestHandler(ListRootsRequestSchema, () => ({
      roots: (started.roots ?? []).map((each) => ({ uri: /^\w{2,}:/.test(each) ? each : pathToFileURL(each).href })),
    }));
  }
  client.onerror = (error) => started.errors.push(error);
  clients.push(client);
  await client.connect(transport);
  // With the schemas of the output, which the client then checks.
  await client.listTools();
  return started;
}

interface Answer {
  answer: string;
  place: string;
  line: number;
  column: number;
  start: number;
  end: number;
  probability: number;
  grade: string;
  page?: number;
  sentence?: string;
}
interface Result {
  answered: boolean;
  answers?: Answer[];
  guesses?: Answer[];
  read?: { documents: number; ofDocuments: number; skipped: number };
  noAnswerProbability: number;
}
type Call = Awaited<ReturnType<Client['callTool']>>;

const textOf = ({ content }: Call): string => {
  const parts = content as { type: string; text: string }[];
  assert.equal(parts.length, 1);
  assert.equal(parts[0].type, 'text');
  return parts[0].text;
};

/** The result of a call that succeeds: as text the same as structured. */
async function call<T = Result>({ client }: Started, name: string, input: object, more: object = {}): Promise<T> {
  const result = await client.callTool({ name, arguments: { ...input } }, undefined, more);
  assert.ok(!result.isError, result.isError ? textOf(result) : '');
  assert.deepEqual(JSON.parse(textOf(result)), result.structuredContent);
  return result.structuredContent as T;
}

/** The sentence of a call that fails. */
async function failure({ client }: Started, name: string, input: object): Promise<string> {
  const result = await client.callTool({ name, arguments: { ...input } });
  assert.equal(result.isError, true, JSON.stringify(result));
  assert.equal(result.structuredContent, undefined);
  return textOf(result);
}

const found = ({ answers, guesses }: Result): Answer[] => answers ?? guesses ?? [];
const question = 'who built a city';

test('says what it is and what its tools take and give', async () => {
  const { client } = await start();
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  assert.deepEqual(client.getServerVersion(), { name: 'ask-bert', title: 'Ask BERT', version });
  assert.match(client.getInstructions() ?? '', /exact words/);
  const { tools } = await client.listTools();
  assert.deepEqual(
    tools.map(({ name }) => name),
    ['answer', 'answer_folder', 'extract_table'],
  );
  for (const { description, inputSchema, outputSchema, annotations } of tools) {
    assert.match(description ?? '', /\w{3,}/);
    assert.doesNotMatch(JSON.stringify({ description, inputSchema, outputSchema }), /%[\w.]+%/);
    assert.equal(annotations?.readOnlyHint, true);
    assert.equal(annotations?.openWorldHint, false);
  }
  assert.deepEqual(await client.ping(), {});
});

test('one text: exact words with line, column, offsets, probability and grade', async () => {
  const mcp = await start();
  const text = 'The river.\r\nThe king built a city in the year 3.\r\n';
  const result = await call(mcp, 'answer', { question, text, topK: 3 });
  assert.ok(found(result).length > 0 && found(result).length <= 3);
  for (const answer of found(result)) {
    assert.equal(answer.answer, text.slice(answer.start, answer.end));
    const before = text.slice(0, answer.start).split('\r\n');
    assert.deepEqual([answer.line, answer.column], [before.length, before.at(-1)!.length + 1]);
    assert.equal(answer.place, `text:${answer.line}:${answer.column}`);
    assert.ok(answer.probability >= 0 && answer.probability <= 1);
    assert.match(answer.grade, /^(sure|unsure|guess)$/);
  }
  const second = await call(mcp, 'answer', { question, text, range: { startLine: 2, endLine: 2 } });
  for (const { line, start } of found(second)) assert.ok(line === 2 && start >= 12);
  assert.match(
    await failure(mcp, 'answer', { question, text, range: { startLine: 2, endLine: 9 } }),
    /^range\.endLine: found 9, expected at most 3, the number of lines\.$/,
  );
});

test('"no answer" is a result: nothing of an empty text, and no cell of a question that nothing answers', async () => {
  const mcp = await start({ cwd: root });
  const empty = await call(mcp, 'answer', { question, text: ' ' });
  assert.deepEqual([empty.answered, empty.answers, found(empty)], [false, undefined, []]);
  const questions = [
    { name: 'always', question, noAnswerThreshold: 1000 },
    { name: 'never', question, noAnswerThreshold: -1000 },
  ];
  const { rows } = await call<{ rows: { cells: (Answer | null)[] }[] }>(mcp, 'extract_table', { questions });
  for (const { cells } of rows) {
    assert.ok(cells[0]);
    assert.equal(cells[1], null);
  }
});

test('one file: by path, relative or absolute, and by URI; a page of a PDF', async () => {
  const mcp = await start({ cwd: root });
  const text = String(files['root/city.md']);
  const given = [{ filePath: 'city.md' }, { filePath: path.join(root, 'city.md') }, { uri: uriOf('root/city.md') }];
  for (const place of given) {
    const answers = found(await call(mcp, 'answer', { question, ...place }));
    assert.ok(answers.length > 0);
    for (const { answer, start, end, place, line, column, sentence } of answers) {
      assert.equal(answer, text.slice(start, end));
      assert.equal(place, `${uriOf('root/city.md')}:${line}:${column}`);
      assert.ok(sentence === undefined || text.includes(sentence));
    }
  }
  const pages = found(await call(mcp, 'answer', { question, filePath: 'lease.pdf' })).map(({ page }) => page);
  assert.ok(pages.length > 0);
  for (const page of pages) assert.ok(page === 1 || page === 2);
});

test('a folder: the files of the root that are documents, with progress', async () => {
  const mcp = await start({ cwd: root });
  const seen: Progress[] = [];
  const result = await call(
    mcp,
    'answer_folder',
    { question, topK: 20 },
    { onprogress: (each: Progress) => seen.push(each) },
  );
  assert.deepEqual(result.read, { documents: 3, ofDocuments: 3, ranked: false, skipped: 1 });
  assert.ok(found(result).length > 0);
  for (const { place } of found(result)) assert.match(place, /\/root\/(city\.md|lease\.pdf|sub\/river\.txt):\d+:\d+$/);
  assert.ok(seen.length > 0);
  for (const [i, { progress, total }] of seen.entries()) {
    assert.ok(progress > (seen[i - 1]?.progress ?? 0) && progress <= total!);
  }
  const below = await call(mcp, 'answer_folder', { question, folder: 'sub', include: ['*.txt'] });
  assert.equal(below.read?.ofDocuments, 1);
  for (const wrong of [{ folder: 'none' }, { folder: 'city.md' }, { include: ['*.nothing'] }]) {
    assert.match(
      await failure(mcp, 'answer_folder', { question, ...wrong }),
      /there is no|is not a folder|There is no file/,
    );
  }
});

test('a table: a row for each file, a cell for each question, with places', async () => {
  const mcp = await start({ cwd: root });
  const questions = [
    { name: 'who', question, noAnswerThreshold: 1000 },
    { name: 'year', question: 'what year', noAnswerThreshold: 1000 },
  ];
  const table = await call<{
    columns: string[];
    rows: { file: string; cells: (Answer | null)[] }[];
    skipped: { file: string; reason: string }[];
    skippedInAll: number;
  }>(mcp, 'extract_table', { questions });
  assert.deepEqual(table.columns, ['who', 'year']);
  assert.deepEqual(
    table.rows.map(({ file }) => file),
    ['root/city.md', 'root/lease.pdf', 'root/sub/river.txt'].map(uriOf),
  );
  assert.deepEqual(
    table.skipped.map(({ file, reason }) => [file, reason]),
    [[uriOf('root/data.bin'), 'binary']],
  );
  assert.equal(table.skippedInAll, 1);
  for (const { file, cells } of table.rows) {
    assert.equal(cells.length, 2);
    for (const cell of cells) assert.ok(cell?.place.startsWith(`${file}:`));
    if (file.endsWith('.md')) {
      assert.equal(cells[0]!.answer, String(files['root/city.md']).slice(cells[0]!.start, cells[0]!.end));
    }
    if (file.endsWith('.pdf')) assert.ok(cells[0]!.page! >= 1);
  }
});

test('a table that would be too large is refused with how large it is, before anything is read', async () => {
  const many = path.join(folder, 'many');
  mkdirSync(many);
  for (let i = 0; i < 201; i++) writeFileSync(path.join(many, `${i}.txt`), 'the cat');
  const mcp = await start({ cwd: many });
  const questions = Array.from({ length: 10 }, (_, i) => ({ name: `n${i}`, question }));
  assert.match(
    await failure(mcp, 'extract_table', { questions }),
    /2010 cells \(201 files, 10 questions\), expected at most 2000/,
  );
});

test('the roots of the client are what is read, and only what it says at the time', async () => {
  const mcp = await start({ roots: [root, path.join(folder, 'other')] });
  const cat = { question: 'who sat on a mat', filePath: 'cat.txt' };
  assert.ok(found(await call(mcp, 'answer', cat)).length > 0);
  assert.ok(found(await call(mcp, 'answer', { ...cat, filePath: 'other/cat.txt' })).length > 0);
  assert.equal((await call(mcp, 'answer_folder', { question })).read?.ofDocuments, 4);
  mcp.roots = [root];
  await mcp.client.sendRootsListChanged();
  assert.match(await failure(mcp, 'answer', { ...cat, filePath: path.join(folder, 'other/cat.txt') }), /may be read/);
  assert.match(await failure(mcp, 'answer', cat), /there is no "cat\.txt"/);
  assert.equal((await call(mcp, 'answer_folder', { question })).read?.ofDocuments, 3);
});

test('a client that names no folder gets answers from texts alone', async () => {
  const mcp = await start({ roots: [] });
  assert.match(await failure(mcp, 'answer', { question, filePath: 'root/city.md' }), /No folder may be read/);
  assert.match(await failure(mcp, 'answer_folder', { question }), /No folder may be read/);
  assert.ok(await call(mcp, 'answer', { question, text: 'the king built a city' }));
  mcp.roots = ['https://example.org/', path.join(folder, 'not-there')];
  await mcp.client.sendRootsListChanged();
  assert.match(await failure(mcp, 'answer_folder', { question }), /No folder may be read/);
});

test('--root limits what is read: alone, and together with the roots of the client', async () => {
  const alone = await start({ args: ['--root', root] });
  assert.equal((await call(alone, 'answer_folder', { question })).read?.ofDocuments, 3);
  assert.match(
    await failure(alone, 'answer', { question, filePath: path.join(folder, 'other/cat.txt') }),
    /may be read/,
  );
  const both = await start({ args: ['--root', path.join(root, 'sub')], roots: [root, path.join(folder, 'other')] });
  assert.equal((await call(both, 'answer_folder', { question, include: ['*.txt'] })).read?.ofDocuments, 1);
  assert.match(await failure(both, 'answer', { question, filePath: path.join(root, 'city.md') }), /may be read/);
  const apart = await start({ args: ['--root', path.join(folder, 'other')], roots: [root] });
  assert.match(await failure(apart, 'answer_folder', { question }), /are not inside those of --root/);
});

test('nothing outside of the roots is read, whatever the path looks like, and whether it exists is not told', async (t) => {
  const links: [string, string][] = [
    ['link.txt', path.join(folder, 'outside/secret.txt')],
    ['link-folder', path.join(folder, 'outside')],
    ['up', '..'],
    ['to-link.txt', 'link.txt'],
    ['inside.txt', 'sub/river.txt'],
  ];
  const linked = path.join(folder, 'linked');
  mkdirSync(path.join(linked, 'sub'), { recursive: true });
  writeFileSync(path.join(linked, 'sub/river.txt'), files['root/sub/river.txt']);
  // A pattern file from outside is not read either: it would hide everything.
  writeFileSync(path.join(folder, 'outside/patterns'), '*\n');
  links.push(['.gitignore', path.join(folder, 'outside/patterns')]);
  try {
    for (const [name, target] of links) symlinkSync(target, path.join(linked, name));
  } catch {
    return t.skip('no right to make links');
  }
  const mcp = await start({ roots: [linked] });
  const paths = [
    path.join(folder, 'outside/secret.txt'),
    path.join(folder, 'outside/not-there.txt'),
    '../outside/secret.txt',
    'sub/../../outside/secret.txt',
    `${linked}/../outside/secret.txt`,
    'link.txt',
    'to-link.txt',
    'link-folder/secret.txt',
    'link-folder/../secret.txt',
    'up/outside/secret.txt',
    'link-folder',
    'up',
    `${linked}-sibling/secret.txt`,
    '/etc/passwd',
    '/proc/self/environ',
    '..',
    '/',
  ];
  const told = new Set<string>();
  for (const filePath of paths) {
    const said = await failure(mcp, 'answer', { question, filePath });
    assert.match(
      said,
      /^filePath: (found .*, expected a path in the folders that may be read: .*\.|there is no ".*" \(tried .*\)\.)$/,
    );
    assert.doesNotMatch(said, /secret king/);
    if (path.isAbsolute(filePath)) told.add(said.replace(JSON.stringify(filePath), ''));
    const asFolder = await failure(mcp, 'answer_folder', { question, folder: filePath });
    assert.doesNotMatch(asFolder, /secret king/);
  }
  assert.equal(told.size, 1, 'a file that is there is refused like one that is not');
  const uris = [
    uriOf('outside/secret.txt'),
    `${pathToFileURL(linked).href}/%2e%2e/outside/secret.txt`,
    `${pathToFileURL(linked).href}/..%2foutside%2fsecret.txt`,
    'file://host/share/secret.txt',
    'http://localhost/secret.txt',
    'data:text/plain,secret',
    'vscode-userdata:/settings.json',
  ];
  for (const uri of uris) {
    assert.match(
      await failure(mcp, 'answer', { question, uri }),
      /^uri: found .*, expected (a path in|the URI of a local file)/,
    );
  }
  const all = await call(mcp, 'answer_folder', { question, topK: 20 });
  assert.equal(all.read?.ofDocuments, 1);
  for (const { answer, place } of found(all)) {
    assert.ok(place.startsWith(pathToFileURL(path.join(linked, 'sub/river.txt')).href), place);
    assert.doesNotMatch(answer, /secret/);
  }
  const table = await call<{ rows: { file: string }[]; skipped: { message: string }[] }>(mcp, 'extract_table', {
    questions: [{ name: 'who', question }],
  });
  assert.equal(table.rows.length, 1);
  assert.ok(table.skipped.length >= 4);
  for (const { message } of table.skipped)
    assert.match(message, /is a link that leads out of the folders that may be read/);
});

test('what is not a regular file is not waited for', { skip: process.platform === 'win32' }, async () => {
  const mcp = await start({ roots: ['/dev', root] });
  assert.match(await failure(mcp, 'answer', { question, filePath: '/dev/zero' }), /^InputUnreadable: .*a device/);
  assert.match(await failure(mcp, 'answer', { question, filePath: root }), /^InputUnreadable: .*folder/);
  assert.match(await failure(mcp, 'answer', { question, filePath: 'data.bin' }), /^InputUnreadable: .*not a text/);
});

test('wrong input: one sentence that names it, found and expected', async () => {
  const mcp = await start({ cwd: root });
  const wrong: [string, object, RegExp][] = [
    ['answer', {}, /^filePath, uri, text: found none, expected exactly one of them\.$/],
    ['answer', { question, text: 'a', filePath: 'b' }, /found filePath and text/],
    ['answer', { question: '', text: 'a' }, /^question: found only white space/],
    [
      'answer',
      { question: 'q'.repeat(10_001), text: 'a' },
      /^question: found 10001 characters, expected at most 10000/,
    ],
    ['answer', { question, filePath: 'a\0b' }, /zero character/],
    ['answer', { question, filePath: 'a'.repeat(5000) }, /5000 characters/],
    ['answer', { question, filePath: 'a'.repeat(4000) }, /^InputUnreadable: /],
    ['answer', { question, text: 'a', topK: 21 }, /^topK: found 21, expected an integer from 1 to 20/],
    ['answer', { question, text: 'a', TopK: 2 }, /unknown key "TopK"/],
    ['answer', JSON.parse('{"question":"q","text":"a","__proto__":{"topK":1}}'), /unknown key "__proto__"|answered/],
    [
      'answer_folder',
      { question, include: ['*a*a*a*a*a*b'] },
      /^include\[0\]: found the pattern .*, expected at most 3 wildcards/,
    ],
    ['answer_folder', { question, include: ['**/a/**/b/**/c/**/d'] }, /wildcards/],
    ['extract_table', { questions: [] }, /^questions: found 0 of them, expected 1 to 50/],
    [
      'extract_table',
      {
        questions: [
          { name: 'a', question: 'x' },
          { name: 'a', question: 'y' },
        ],
      },
      /each name once/,
    ],
    [
      'extract_table',
      { questions: [{ name: 'a', question: 'x', noAnswerThreshold: 'b' }] },
      /expected a finite number/,
    ],
  ];
  for (const [name, input, expected] of wrong) {
    const result = await mcp.client.callTool({ name, arguments: input as Record<string, unknown> });
    assert.match(textOf(result), expected, JSON.stringify(input).slice(0, 80));
  }
  await assert.rejects(
    mcp.client.callTool({ name: 'delete' }),
    /There is no tool "delete", only answer, answer_folder/,
  );
  await assert.rejects(mcp.client.callTool({ name: '__proto__' }), /There is no tool/);
});

test('a cancel ends the call at once, and the next one is answered', async () => {
  const mcp = await start();
  const stop = new AbortController();
  let working = false;
  const long = mcp.client.callTool({ name: 'answer', arguments: { question, text: longText } }, undefined, {
    signal: stop.signal,
    onprogress: () => {
      working = true;
    },
  });
  long.catch(() => {});
  await until(() => working, 'it reads');
  stop.abort('enough');
  await assert.rejects(long);
  assert.ok(found(await call(mcp, 'answer', { question, text: 'the king built a city' })).length > 0);
  assert.deepEqual(mcp.errors, []);
});

test('when the client goes, the process ends, also in the middle of a call', async () => {
  const mcp = await start();
  const { pid } = mcp.transport;
  let working = false;
  const onprogress = () => {
    working = true;
  };
  const long = mcp.client.callTool({ name: 'answer', arguments: { question, text: longText } }, undefined, {
    onprogress,
  });
  long.catch(() => {});
  await until(() => working, 'it reads');
  await mcp.client.close();
  await assertEnds(pid!);
  await assert.rejects(long);
  assert.equal(mcp.err(), '');
});

test('only this command loads the SDK, and of the SDK only what needs no network', () => {
  const bundle = (name: string) => readFileSync(path.resolve('dist', `${name}.js`), 'utf8');
  for (const name of ['extension', 'client', 'sidecar', 'worker', 'cli']) {
    assert.ok(!bundle(name).includes('notifications/roots/list_changed'), name);
  }
  const modules = [...bundle('mcp').matchAll(/require\("(?:node:)?([\w/]+)"\)/g)].map(([, name]) => name);
  assert.ok(modules.includes('worker_threads'));
  for (const name of ['http', 'https', 'http2', 'net', 'tls', 'dgram', 'dns']) assert.ok(!modules.includes(name), name);
});

/** docs/protocol.md says what happens: its transcripts are replayed with the real reader, its clients are run. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as protocol from '../../server/protocol.js';
import { smallPdf } from '../unit/helpers/small-pdf.js';
import { END_MS } from '../unit/helpers/waits.js';
import { type Message, RawClient } from './raw-client.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-protocol-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(
  path.join(folder, 'lease.pdf'),
  smallPdf([
    ['Lease of the boathouse', 'The tenant is Ana Ferreira. The rent is 350 euros a month.'],
    ['The lease ends on 31 March 2024. The key is kept by the harbour', 'master.'],
  ]),
);

/** With the files of the document where they are here. */
const doc = readFileSync('docs/protocol.md', 'utf8').replaceAll(
  'file:///home/ana/lease.pdf',
  pathToFileURL(path.join(folder, 'lease.pdf')).href,
);

const blocks = (language: string): string[] =>
  [...doc.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, block]) => block);

/** Messages of the transcripts, in order. */
const messages = blocks('transcript').flatMap((block) =>
  block.split(/^(?=-->|<--)/m).map((text) => ({
    sent: text.startsWith('-->'),
    message: JSON.parse(text.slice(3)) as Message,
  })),
);

/** May come at any time, and is then left out in the document. */
const isNews = ({ method }: Message) =>
  method === protocol.StatusMethod || method === '$/progress' || method === 'window/logMessage';

/** Undefined, or what is not as the document says. */
function difference(actual: unknown, expected: unknown, where: string): string | undefined {
  if (expected === '…') return actual === undefined ? `${where} is missing` : undefined;
  if (typeof expected === 'number' && typeof actual === 'number') {
    // Whole numbers are places and counts; logits and probabilities are rounded there.
    const allowed = Number.isInteger(actual) ? 0 : 0.01;
    return Math.abs(actual - expected) <= allowed ? undefined : `${where} is ${actual}, not ${expected}`;
  }
  if (typeof expected !== 'object' || expected === null || typeof actual !== 'object' || actual === null) {
    return actual === expected ? undefined : `${where} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`;
  }
  const keys = new Set([...Object.keys(actual), ...Object.keys(expected)]);
  for (const key of keys) {
    if (!Object.hasOwn(expected, key)) return `${where}.${key} is not documented`;
    const [a, e] = [actual, expected] as Record<string, unknown>[];
    const found = difference(a[key], e[key], `${where}.${key}`);
    if (found) return found;
  }
  return undefined;
}

test('the transcripts equal the answers of the reader, word for word', async () => {
  assert.ok(messages.length > 50, `${messages.length} messages`);
  const child = spawn(process.execPath, [path.resolve('dist/cli.js'), 'serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const client = new RawClient(child.stdout, child.stdin);
  let next = 0;
  try {
    for (const { sent, message } of messages) {
      if (sent) {
        client.send(message);
        continue;
      }
      for (const misses: string[] = []; ; ) {
        await client.message(
          (each) => client.received.indexOf(each) >= next,
          `${JSON.stringify(message)}\n${misses.join('\n')}`,
        );
        const { jsonrpc, ...actual } = client.received[next++];
        assert.equal(jsonrpc, '2.0');
        const found = difference(actual, message, message.method ?? `answer ${message.id}`);
        if (!found) break;
        assert.ok(isNews(actual as Message), `${found}\n${JSON.stringify(actual)}`);
        misses.push(found);
      }
    }
    assert.equal(await exited, 0);
    assert.deepEqual(
      client.received.slice(next).filter((each) => !isNews(each)),
      [],
    );
  } finally {
    child.kill('SIGKILL');
  }
});

test('progress of a long text is as documented', { timeout: END_MS }, async () => {
  const [{ token, value: expected }, ...more] = blocks('json').map((block) => JSON.parse(block));
  assert.deepEqual(more, []);
  const child = spawn(process.execPath, [path.resolve('dist/cli.js'), 'serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const client = new RawClient(child.stdout, child.stdin);
  try {
    client.send({ id: 1, method: 'initialize', params: { processId: null, rootUri: null, capabilities: {} } });
    const filler = 'The harbour was rebuilt in 1931. ';
    const text = `${filler.repeat(500)}Its keeper is Ana Ferreira. ${filler.repeat(200)}`;
    const params = { question: 'Who is the keeper?', text, progressToken: token, options: { topK: 1 } };
    client.send({ id: 2, method: 'askBert/ask', params });
    const result = await client.message(({ id }) => id === 2, 'the result');
    const told = client.received.flatMap(({ method, params }) => {
      const { value } = (params ?? {}) as { value?: protocol.AskProgress };
      return method === '$/progress' && value?.answers ? [value] : [];
    });
    assert.ok(told.length > 0, 'the best answers so far');
    const shape = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(shape)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.keys(value).map((key) => [key, shape(value[key as keyof typeof value])]))
          : typeof value;
    for (const value of told) assert.deepEqual(shape(value), shape(expected));
    assert.deepEqual(
      [told[0].answers?.[0].text, (result.result as protocol.AskResult).answers[0].text],
      ['Ana Ferreira', 'Ana Ferreira'],
    );
  } finally {
    child.kill('SIGKILL');
  }
});

test('every message and every error is documented', () => {
  const seen = new Set(messages.map(({ message }) => message.method));
  const methods = Object.entries(protocol).flatMap(([name, value]) => (/Method$/.test(name) ? [value as string] : []));
  assert.ok(methods.length >= 8);
  for (const method of methods) assert.ok(seen.has(method), method);
  for (const [name, code] of Object.entries(protocol.ErrorCodes)) {
    assert.ok(doc.includes(`| ${code} | \`${name}\` |`), `${name} ${code}`);
  }
});

/** Only where there is a shell script that can stand for the installed command. */
if (process.platform !== 'win32') {
  const command = path.join(folder, 'ask-bert');
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${path.resolve('dist/cli.js')}' "$@"\n`);
  chmodSync(command, 0o755);
  const env = { ...process.env, PATH: `${folder}${path.delimiter}${process.env.PATH}` };
  const sample = path.resolve('samples/service-agreement.md');
  const has = (program: string) => spawnSync(program, ['--version']).status === 0;

  if (has('python3')) {
    test('the client in Python answers', () => {
      const [source, ...more] = blocks('python');
      assert.deepEqual(more, []);
      const file = path.join(folder, 'client.py');
      writeFileSync(file, source);
      const run = (question: string) =>
        spawnSync('python3', [file, sample, question], { env, encoding: 'utf8', timeout: END_MS });
      const { status, stdout, stderr } = run('How much is the monthly fee?');
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout.split('\n')[0], /^\d+:\d+ [01]\.\d{3} EUR 4,850$/);
      const wrong = run(' ');
      assert.deepEqual([wrong.status, wrong.stderr.split(':')[0]], [1, 'question']);
    });
  }

  if (has('nvim')) {
    test('the client in Neovim puts the cursor on the answer', () => {
      const [source] = blocks('lua');
      const file = path.join(folder, 'client.lua');
      const script = `
        vim.cmd('AskBert How much is the monthly fee?')
        vim.wait(30000, function() return vim.api.nvim_win_get_cursor(0)[1] > 1 end, 50)
        local place = vim.api.nvim_win_get_cursor(0)
        io.stdout:write(vim.api.nvim_get_current_line():sub(place[2] + 1, place[2] + 9))
        vim.cmd('qa!')`;
      writeFileSync(file, source + script);
      const args = ['--clean', '--headless', sample, '-c', `luafile ${file}`];
      const { stdout, stderr } = spawnSync('nvim', args, { env, encoding: 'utf8', timeout: END_MS });
      assert.equal(stdout, 'EUR 4,850', stderr);
    });
  }
}

/** Memory that runs out, in the worker's heap and in the whole process, and documents as large as files get. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { CancellationTokenSource } from 'vscode';
import { runs } from '../server/sidecar-process.js';
import { Client, sleep } from './client.js';

const MEBI = 2 ** 20;
const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-memory-'));
const client = new Client();
after(async () => {
  await client.end();
  rmSync(folder, { recursive: true, force: true });
  assert.deepEqual(client.pids.filter(runs), []);
});

const document = (name: string, megabytes: number): string => {
  const file = path.join(folder, name);
  const line = Buffer.from('The king built a city near the old river, and the queen read books in it. ');
  writeFileSync(file, Buffer.alloc(megabytes * MEBI, line));
  return file;
};

const residentBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;

test('a heap that is too small for the text: OutOfMemory, and the process survives', async () => {
  process.env.NODE_OPTIONS = '--max-old-space-size=96';
  try {
    const expected = (await client.ask()).result!.answers;
    const uri = pathToFileURL(document('large.md', 60)).href;
    const { code, messages } = await client.ask({ text: undefined, uri });
    assert.equal(code, 'OutOfMemory', messages.join());
    assert.equal(messages.length, 1);
    assert.match(messages[0], /not enough memory to read this text\. Ask about a part of it/);
    assert.deepEqual((await client.ask()).result?.answers, expected);
    assert.equal(client.pids.length, 1);
  } finally {
    delete process.env.NODE_OPTIONS;
    await client.sidecar.stop();
  }
});

test('a process that gets no more memory from the system: one message, and the next question is answered', async () => {
  const expected = (await client.ask()).result!.answers;
  const uri = pathToFileURL(document('limit.txt', 80)).href;
  const outcomes: string[] = [];
  for (const spare of [8, 60, 250]) {
    const { pid } = client;
    const virtual = Number(/VmSize:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
    execFileSync('prlimit', ['--pid', String(pid), `--as=${virtual + spare * MEBI}`]);
    const cancel = new CancellationTokenSource();
    // A sidecar that takes the place of one that ended has no limit and would read for minutes.
    const watch = setInterval(() => {
      if (client.pid !== pid) cancel.cancel();
    }, 50);
    // So much may be enough for this text.
    const timer = spare === 250 ? setTimeout(() => cancel.cancel(), 4000) : undefined;
    const { code, messages } = await client.ask(
      { text: undefined, uri, options: { readAs: 'raw' } },
      undefined,
      cancel,
    );
    clearTimeout(timer);
    clearInterval(watch);
    outcomes.push(String(code));
    assert.ok(
      ['OutOfMemory', 'Crashed', 'Cancelled'].includes(code!),
      `${code}: ${messages.join()}\n${client.log.slice(-3).join('\n')}`,
    );
    assert.ok(messages.length <= 1);
    if (code === 'Cancelled' && spare !== 250) assert.notEqual(client.pid, pid, 'it ran out of memory');
    // Whatever became of it: it can be asked, after a restart if it says so.
    if (code === 'Crashed' || client.pid === pid) await client.sidecar.restart();
    assert.deepEqual((await client.ask()).result?.answers, expected);
  }
  console.log(`# memory: with 8, 60, 250 MiB left: ${outcomes.join(', ')}`);
});

test('a document of 100 MB: read in bounded memory, and a cancel ends it; one of 300 MB is refused', async () => {
  const expected = (await client.ask()).result!.answers;
  const uri = pathToFileURL(document('hundred.txt', 100)).href;
  const cancel = new CancellationTokenSource();
  let windows = 0;
  let peak = 0;
  const asking = client.ask(
    { text: undefined, uri },
    (progress) => {
      if (progress.stage === 'engine') windows = progress.done;
    },
    cancel,
  );
  for (let i = 0; i < 60; i++) {
    await sleep(100);
    peak = Math.max(peak, residentBytes(client.pid!));
  }
  const began = Date.now();
  cancel.cancel();
  assert.equal((await asking).code, 'Cancelled');
  assert.deepEqual((await client.ask()).result?.answers, expected);
  console.log(
    `# memory: 100 MB: ${windows} windows in 6 s, at most ${Math.round(peak / MEBI)} MiB, next answer ${Date.now() - began} ms after the cancel`,
  );
  assert.ok(peak < 2500 * MEBI);
  const refused = await client.ask({ text: undefined, uri: pathToFileURL(document('more.txt', 300)).href });
  assert.equal(refused.code, 'InputUnreadable');
  assert.match(refused.messages.join(), /larger than 256 MB/);
});

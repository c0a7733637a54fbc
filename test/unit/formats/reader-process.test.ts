/**
 * The process that reads files: whatever a reader does there, the caller gets one clear error in time, and no process is
 * left. This file is also the bundle of that process, with readers that do what they must not.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, it } from 'node:test';
import { AskBertError } from '../../../server/errors.js';
import { RESIDENT_VARIABLE } from '../../../server/formats/child/messages.js';
import { serveReader } from '../../../server/formats/child/serve-reader.js';
import { type Extracted, type FormatReader, UnreadableFormat } from '../../../server/formats/extracted.js';
import {
  ReaderFault,
  type ReaderLimits,
  ReaderProcess,
  readerLimits,
} from '../../../server/formats/host/reader-process.js';
import { isAlive } from '../../../server/storage/lock.js';
import { END_MS } from '../helpers/waits.js';

const extractedOf = (text: string): Extracted => ({
  text,
  blocks: [{ kind: 'paragraph', start: 0, end: text.length }],
  places: [{ start: 0, page: 1 }],
  boxes: {
    starts: Int32Array.of(0),
    ends: Int32Array.of(text.length),
    pages: Int32Array.of(1),
    rects: Float32Array.of(1, 2, 3, 4),
  },
  notes: [],
});

/** Files that this process has read. */
let reads = 0;

const forever = () => new Promise<never>(() => {});

/** What each file, which holds the name of its behaviour, does to the process. */
const BEHAVIOURS: Record<string, (rest: string) => Promise<Extracted> | Extracted> = {
  text: (rest) => extractedOf(rest),
  pid: () => extractedOf(String(process.pid)),
  spin: () => {
    for (;;);
  },
  wait: () => {
    // Keeps the process running.
    setInterval(() => {}, 1000);
    return forever();
  },
  heap: () => {
    const all: string[][] = [];
    for (;;) all.push(Array.from({ length: 1000 }, (_, i) => `${i}${all.length}`));
  },
  buffers: async () => {
    const all: Buffer[] = [];
    for (;;) {
      all.push(Buffer.alloc(8 * 1024 * 1024, 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  first: (rest) => (reads > 1 ? process.exit(7) : extractedOf(rest)),
  exit: () => process.exit(7),
  kill: () => {
    process.kill(process.pid, 'SIGKILL');
    return forever();
  },
  throw: () => {
    throw new TypeError('a bug');
  },
  dropped: async (rest) => {
    void Promise.reject(new Error('nobody awaits this'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    return extractedOf(rest);
  },
  later: () => {
    setImmediate(() => {
      throw new Error('outside of any promise');
    });
    return forever();
  },
  password: () => {
    throw new UnreadableFormat('password');
  },
};

const reader: FormatReader = {
  name: 'Test',
  extensions: ['test'],
  recognises: (head) => Buffer.from(head).toString().startsWith('TEST '),
  read: async (bytes, { onProgress, password, parts }) => {
    reads++;
    const [, name, rest = ''] = Buffer.from(bytes).toString().split(' ');
    onProgress?.(1, 3);
    // What is told leaves the process before it hangs.
    await new Promise((resolve) => setTimeout(resolve));
    if (name === 'parts') {
      // Until one is wanted.
      while (!parts?.wanted(1, 3)) await new Promise((resolve) => setImmediate(resolve));
      parts.take(extractedOf(`${rest} so far`));
      return extractedOf(`${rest}, ${parts.wanted(2, 3) ? 'more' : 'nothing more'} is wanted`);
    }
    if (name === 'unasked') return extractedOf(parts ? 'parts' : 'no parts');
    if (name === 'secret') return extractedOf(password ?? 'none');
    return (BEHAVIOURS[name] ?? BEHAVIOURS.text)(rest);
  },
};

const file = (text: string) => Buffer.from(`TEST ${text}`);
const isFault = (kind: string) => (error: unknown) => error instanceof ReaderFault && error.kind === kind;

async function gone(pid: number): Promise<void> {
  const end = Date.now() + END_MS;
  while (isAlive(pid) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(!isAlive(pid), `process ${pid} has ended`);
}

function tests(): void {
  describe('reading in a process of its own', () => {
    const made: ReaderProcess[] = [];
    const start = (limits: Partial<ReaderLimits> = {}) => {
      const process = new ReaderProcess(__filename, Object.assign(limits, { ...readerLimits, ...limits }));
      made.push(process);
      return process;
    };
    const end = (t: { after(work: () => void): void }) =>
      t.after(() => {
        for (const each of made.splice(0)) each.end();
      });

    it('gives what the reader gives, typed arrays too, and one process reads several files', async (t) => {
      end(t);
      const process = start();
      const first = await process.read(file('text lease'));
      assert.deepEqual(first, { extracted: extractedOf('lease'), format: 'Test', extensions: ['test'] });
      const pids = await Promise.all([1, 2].map(() => process.read(file('pid'))));
      const [pid] = pids.map((each) => each?.extracted.text);
      assert.deepEqual([pid, pid], [String(process.pid), pids[1]?.extracted.text]);
      assert.equal(await process.read(Buffer.from('no format')), undefined);
      assert.equal((await process.read(file('secret'), { password: 'x' }))?.extracted.text, 'x');
    });

    it('a file that fails in a process that has read others is read by a fresh one', async (t) => {
      end(t);
      const process = start();
      await process.read(file('text before'));
      const { pid } = process;
      assert.equal((await process.read(file('first again')))?.extracted.text, 'again');
      assert.notEqual(process.pid, pid);
      await assert.rejects(process.read(file('exit')), isFault('crash'));
    });

    it('the reason why nothing can be read comes through, and a bug of a reader means a damaged file', async (t) => {
      end(t);
      const process = start();
      await assert.rejects(process.read(file('password')), { name: 'UnreadableFormat', reason: 'password' });
      const { pid } = process;
      await assert.rejects(process.read(file('throw')), { reason: 'damaged', detail: 'a bug' });
      assert.equal(process.pid, pid, 'neither ends the process');
    });

    it('a promise that fails and that nobody awaits changes nothing', async (t) => {
      end(t);
      const process = start();
      assert.equal((await process.read(file('dropped lease')))?.extracted.text, 'lease');
      const { pid } = process;
      assert.equal((await process.read(file('text after')))?.extracted.text, 'after');
      assert.equal(process.pid, pid);
    });

    for (const [name, limits, kind] of [
      ['spin', { silentMs: 300 }, 'time'],
      ['wait', { totalMs: 300 }, 'time'],
      ['heap', { heapMb: 64 }, 'memory'],
      ['buffers', { residentMb: 300 }, 'memory'],
      ['exit', {}, 'crash'],
      ['kill', {}, 'crash'],
      ['later', {}, 'crash'],
    ] as const) {
      it(`a reader that does "${name}" is one fault (${kind}), and the next file is read`, async (t) => {
        end(t);
        const own = { ...readerLimits, ...limits };
        const process = start(own);
        let pid = 0;
        const onProgress = () => {
          pid = process.pid!;
        };
        const failing = process.read(file(name), { onProgress });
        const readNext = () => process.read(file('text next'));
        // A process may start slowly: the next file has the usual time.
        const next = kind === 'time' ? undefined : readNext();
        await assert.rejects(failing, isFault(kind));
        Object.assign(own, readerLimits);
        assert.equal((await (next ?? readNext()))?.extracted.text, 'next');
        assert.notEqual(process.pid, pid);
        if (pid > 0) await gone(pid);
      });
    }

    it('a cancel ends the process, also one that does not return, with the reason of the signal', async (t) => {
      end(t);
      const process = start();
      await process.read(file('text a'));
      const { pid } = process;
      const stop = new AbortController();
      let began = () => {};
      const begins = new Promise<void>((resolve) => {
        began = resolve;
      });
      const failing = process.read(file('spin'), { signal: stop.signal, onProgress: () => began() });
      const waiting = process.read(file('text b'), { signal: stop.signal });
      const other = process.read(file('text c'));
      await begins;
      stop.abort(new AskBertError('Superseded', 'by another one'));
      await assert.rejects(failing, { code: 'Superseded' });
      await assert.rejects(waiting, { code: 'Superseded' });
      assert.equal((await other)?.extracted.text, 'c');
      await gone(pid!);
      await assert.rejects(process.read(file('text d'), { signal: AbortSignal.abort() }), { code: 'Cancelled' });
    });

    it('progress arrives, and the process ends when it has not been needed for a while', async (t) => {
      end(t);
      const process = start({ idleMs: 20 });
      const seen: number[] = [];
      let pid = 0;
      const onProgress = (done: number, total: number) => {
        pid = process.pid!;
        seen.push(done, total);
      };
      await process.read(file('text a'), { onProgress });
      assert.deepEqual(seen, [1, 3]);
      await gone(pid);
      assert.equal((await process.read(file('text again')))?.extracted.text, 'again');
    });

    it('what was read so far is given when it is wanted, once', async (t) => {
      end(t);
      const process = start();
      const parts: Extracted[] = [];
      const asked: number[][] = [];
      const wanted = (done: number, total: number) => asked.push([done, total]) > 0;
      const reading = await process.read(file('parts text'), { parts: { wanted, take: (part) => parts.push(part) } });
      assert.deepEqual(parts, [extractedOf('text so far')]);
      assert.deepEqual(asked, [[1, 3]]);
      assert.equal(reading?.extracted.text, 'text, nothing more is wanted');
      assert.equal((await process.read(file('unasked')))?.extracted.text, 'no parts');
    });

    it('a cancel ends a reading that has given a part, and one that waits for it to be wanted', async (t) => {
      end(t);
      const process = start();
      for (const isWanted of [true, false]) {
        const stop = new AbortController();
        const take = () => stop.abort();
        const wanted = () => {
          if (!isWanted) stop.abort();
          return isWanted;
        };
        const reading = process.read(file('parts text'), { signal: stop.signal, parts: { wanted, take } });
        await assert.rejects(reading, { code: 'Cancelled' });
      }
      assert.equal((await process.read(file('text after')))?.extracted.text, 'after');
    });

    it('without its parent no process is left, also one that does not return', async () => {
      // The parent runs this file as well, and is killed while its child reads.
      const parent = spawn(globalThis.process.execPath, [__filename, 'parent'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (data) => resolve(Number(data))));
      assert.ok(isAlive(pid));
      parent.kill('SIGKILL');
      await gone(pid);
    });
  });
}

if (process.send && process.env[RESIDENT_VARIABLE]) serveReader([reader]);
else if (process.argv[2] === 'parent') {
  const own = new ReaderProcess(__filename);
  void own.read(file('pid')).then(() => {
    void own.read(file('spin'));
    setImmediate(() => process.stdout.write(`${own.pid}\n`));
  });
} else tests();

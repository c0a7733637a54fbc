/** JSON-RPC that is malformed, huge, of wrong types or out of order. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ResponseError } from 'vscode-jsonrpc';
import {
  AskManyMethod,
  AskMethod,
  ConfigureMethod,
  ErrorCodes,
  ExtractMethod,
  InfoMethod,
  PrepareMethod,
  UnloadMethod,
} from '../../server/protocol.js';
import { SidecarProcess } from '../server/sidecar-process.js';
import { rounds } from '../unit/helpers/long.js';
import { sleep } from './client.js';
import { Random } from './random.js';
import { ask, initialize, message, notification, Raw, request, tinySettings } from './raw.js';

test('parameters of every method with values of every type: a proper error or a result', async () => {
  const document = { uri: pathToFileURL(path.resolve('LICENSE')).href, languageId: 'plaintext' };
  const options = { topK: 3, docStride: 10, maxAnswerLength: 8, noAnswerThreshold: 1, readAs: 'raw' };
  const text = 'the king built a city';
  const question = 'who built a city';
  const right: Record<string, unknown> = {
    [AskMethod]: {
      source: 's',
      text,
      range: { start: 0, end: 10 },
      question,
      options,
      languageId: 'markdown',
      fileName: 'a.md',
      progressToken: 1,
    },
    [AskManyMethod]: {
      source: 'm',
      question,
      documents: [{ uri: 'a:b', text }, document],
      options,
      budgetSeconds: 5,
      progressToken: 'p',
    },
    [ExtractMethod]: {
      source: 'e',
      questions: [{ name: 'n', question, noAnswerThreshold: 0 }],
      documents: [{ uri: 'a:b', text }],
      options,
      progressToken: 2,
    },
    [PrepareMethod]: { progressToken: 3 },
    [UnloadMethod]: null,
    [InfoMethod]: null,
    [ConfigureMethod]: {
      ...tinySettings,
      precision: 'fp32',
      tensorRtPath: '',
      cacheFolder: '',
      idleUnloadMinutes: 5,
      locale: 'en',
    },
  };
  // Loading and unloading takes time: less often.
  const methods = Object.keys(right).filter((name) => name !== UnloadMethod && name !== PrepareMethod);
  const random = new Random('types');
  const sidecar = await SidecarProcess.start(tinySettings as never);
  try {
    const before = await sidecar.ask({});
    const known = new Set<number>([...Object.values(ErrorCodes), -32600, -32601, -32602, -32800]);
    known.delete(ErrorCodes.Internal);
    const seen = new Map<number | 'result', number>();
    const INPUTS = rounds(120, 1020);
    for (let done = 0; done < INPUTS; ) {
      const batch = Array.from({ length: 60 }, () => {
        const method = random.int(0, 9) ? random.pick(methods) : random.pick([PrepareMethod, UnloadMethod]);
        const params = spoilt(right[method], random);
        return sidecar.connection.sendRequest(method, ...params).then(
          () => 'result' as const,
          (error) => {
            assert.ok(error instanceof ResponseError, `${method} ${JSON.stringify(params)}: ${error}`);
            assert.ok(known.has(error.code), `${method} ${JSON.stringify(params)}: ${error.code} ${error.message}`);
            assert.ok(error.message.length > 10, error.message);
            return error.code;
          },
        );
      });
      for (const outcome of await Promise.all(batch)) seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      done += batch.length;
      await sidecar.connection.sendRequest(ConfigureMethod, tinySettings);
    }
    assert.deepEqual((await sidecar.ask({})).answers, before.answers);
    console.log(`# rpc: ${INPUTS} requests with wrong types: ${JSON.stringify([...seen])}`);
  } finally {
    await sidecar.kill();
  }
});

const ODD = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  '',
  'x',
  ' ',
  '\u0000',
  '\ud800',
  [],
  [[]],
  {},
  { length: -1 },
  [null],
];
const ODD_TEXT = [
  'a'.repeat(20_001),
  'file:///',
  'file://host/x',
  '../../etc/passwd',
  '%00',
  '__proto__',
  'constructor',
];

/** Positional parameters for a request: the right ones with one or two values exchanged, at any depth. */
function spoilt(right: unknown, random: Random): unknown[] {
  const odd = () => structuredClone(random.int(0, 3) ? random.pick(ODD) : random.pick(ODD_TEXT));
  if (right === null || random.int(0, 19) === 0) return Array.from({ length: random.int(0, 2) }, odd);
  const value = structuredClone(right);
  for (let i = random.int(1, 2); i > 0; i--) {
    let holder = value as Record<string, unknown>;
    for (;;) {
      const key = random.pick(Object.keys(holder));
      const inner = holder[key];
      if (typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0 && random.int(0, 3)) {
        holder = inner as Record<string, unknown>;
        continue;
      }
      if (random.int(0, 5)) holder[key] = odd();
      else delete holder[key];
      break;
    }
    if (Object.keys(value as object).length === 0) break;
  }
  return [value];
}

/** A client that is beyond help is left by a sidecar that ends; any other goes on being answered. */
async function survives(what: string, bytes: Buffer[], { alive = false } = {}): Promise<Raw> {
  const raw = new Raw();
  for (const each of bytes) raw.write(each);
  raw.write(initialize('probe'));
  await raw.until(() => raw.answerTo('probe') !== undefined);
  if (raw.answerTo('probe')) {
    raw.write(request('info', InfoMethod));
    assert.ok(await raw.until(() => raw.answerTo('info') !== undefined), `${what}: it does not answer any more`);
  } else {
    assert.ok(raw.exit, `${what}: neither an answer nor an end`);
    assert.equal(raw.exit.signal, null, what);
    assert.ok(!alive, `${what}: it ended with ${raw.exit.code}`);
  }
  outcomes[raw.exit ? 'ended' : 'alive']++;
  raw.child.stdin!.end();
  await raw.until(() => raw.exit !== undefined);
  assert.ok(raw.exit, `${what}: it outlives its input`);
  assert.equal(raw.exit.signal, null, `${what}: ${raw.exit.signal}`);
  return raw;
}

const outcomes = { alive: 0, ended: 0 };

test('invalid messages: the next one is answered', async () => {
  const deep = `${'['.repeat(2e6)}${']'.repeat(2e6)}`;
  const cases: Record<string, Buffer[]> = {
    'no JSON': [message('{"jsonrpc":'), message('nothing'), message('')],
    'other JSON': [message('7'), message('null'), message('"x"'), message('[]'), message('{}'), message('[{"id":1}]')],
    'invalid UTF-8': [message(Buffer.from([0x7b, 0xff, 0xfe, 0x22, 0x7d])), message(Buffer.from([0xc3, 0x28]))],
    'deep JSON': [message(deep), message(`{"jsonrpc":"2.0","id":1,"method":"askBert/ask","params":${deep}}`)],
    'odd ids': [
      initialize(),
      request(null, InfoMethod),
      request({}, InfoMethod),
      request([1], InfoMethod),
      request(true, InfoMethod),
      request(1.5, InfoMethod),
    ],
    'odd methods': [
      initialize(),
      request(1, 7),
      request(2, null),
      request(3, {}),
      request(4, ''),
      request(5, '__proto__'),
      request(6, 'constructor'),
      request(7, 'toString'),
    ],
    'duplicate ids': [initialize(), ask(1), ask(1), ask(1), request(1, InfoMethod)],
    'answers that nobody asked for': [
      message({ jsonrpc: '2.0', id: 99, result: 1 }),
      message({ jsonrpc: '2.0', id: 'x', error: {} }),
      message({ jsonrpc: '2.0', result: null }),
    ],
    'cancels of nothing': [
      initialize(),
      notification('$/cancelRequest', { id: 4711 }),
      notification('$/cancelRequest'),
      notification('$/cancelRequest', { id: {} }),
      notification('$/cancelRequest', 7),
    ],
    'odd notifications': [
      initialize(),
      notification(ConfigureMethod, { threads: 'many' }),
      notification('$/progress', 1),
      notification('$/setTrace', 'x'),
      notification('initialized', 5),
      notification('nothing/known'),
    ],
    'lines without CR': [Buffer.from(`Content-Length: 2\n\n{}`)],
    'other headers': [Buffer.from('X-Y: z\r\nContent-Type: text/plain; charset=latin1\r\nContent-Length: 2\r\n\r\n{}')],
    'a flood of notifications': [
      initialize(),
      Buffer.concat(Array.from({ length: 10_000 }, () => notification('x/y', { a: 1 }))),
    ],
    'a flood of requests': [
      initialize(),
      Buffer.concat(Array.from({ length: 3000 }, (_, i) => request(i, InfoMethod))),
    ],
  };
  for (const [what, bytes] of Object.entries(cases)) await survives(what, bytes, { alive: !/^lines/.test(what) });
});

test('a stream that can no longer be parsed: it continues or ends, and never hangs', async () => {
  const cases: Record<string, Buffer[]> = {
    'no length': [Buffer.from('X: y\r\n\r\n')],
    'no colon': [Buffer.from('Content-Length 5\r\n\r\nhello')],
    'a length that is none': [Buffer.from('Content-Length: five\r\n\r\nhello')],
    'a negative length': [Buffer.from('Content-Length: -5\r\n\r\nhello')],
    'half a length': [Buffer.from('Content-Length: 1.5\r\n\r\nhello')],
    'an empty length': [Buffer.from('Content-Length: \r\n\r\nhello')],
    'another encoding': [Buffer.from('Content-Length: 2\r\nContent-Type: x; charset=utf-7\r\n\r\n{}')],
    'another protocol': [Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  };
  for (const [what, bytes] of Object.entries(cases)) await survives(what, bytes);
});

test('a length that is never reached, and no header at all: bounded memory, and it ends with the input', async () => {
  const cases: Record<string, Buffer> = {
    'a length of a terabyte': Buffer.from('Content-Length: 1000000000000\r\n\r\n{'),
    'a message that is too long': Buffer.from('Content-Length: 600000000\r\n\r\n{'),
    'a truncated message': Buffer.from('Content-Length: 500\r\n\r\n{"jsonrpc":"2.0"'),
    'a line without an end': Buffer.alloc(64e6, 'x'),
  };
  for (const [what, bytes] of Object.entries(cases)) {
    const raw = new Raw();
    raw.write(initialize());
    await raw.until(() => raw.answerTo('i') !== undefined);
    raw.write(bytes);
    await sleep(300);
    raw.child.stdin!.end();
    await raw.until(() => raw.exit !== undefined);
    assert.ok(raw.exit && raw.exit.signal === null, `${what}: ${JSON.stringify(raw.exit)}`);
    outcomes.ended++;
  }
});

test('noise: many processes, seeded bytes between and inside messages', async () => {
  const random = new Random('noise');
  await inTurns(rounds(8, 30), async (i) => {
    const good = message({ jsonrpc: '2.0', id: 1, method: InfoMethod });
    const bytes = Array.from({ length: random.int(1, 6) }, () => {
      const cut = random.int(0, good.length);
      return random.pick([
        () => random.bytes(random.int(1, 400)),
        () => good.subarray(0, cut),
        () => Buffer.concat([good.subarray(0, cut), random.bytes(3), good.subarray(cut)]),
        () => message(random.bytes(random.int(1, 300))),
      ])();
    });
    const raw = new Raw();
    for (const each of bytes) raw.write(each);
    await sleep(150);
    raw.child.stdin!.end();
    await raw.until(() => raw.exit !== undefined);
    assert.ok(raw.exit, `noise ${i}: no end`);
    assert.equal(raw.exit.signal, null, `noise ${i}`);
    outcomes.ended++;
  });
});

test('messages of 100 MB: answered or refused, and the next one is answered', async () => {
  const text = 'x'.repeat(100e6);
  const raw = new Raw();
  raw.write(initialize());
  raw.write(request('unknown', 'no/such', { text }));
  raw.write(request('wrong', AskMethod, { text: 7, question: text }));
  raw.write(request('long question', AskMethod, { text: 'a', question: text }));
  raw.write(request('log', ConfigureMethod, { threads: text }));
  for (const id of ['unknown', 'wrong', 'long question', 'log']) {
    assert.ok(await raw.until(() => raw.answerTo(id) !== undefined), id);
    assert.ok(JSON.stringify(raw.answerTo(id)).length < 3000, `${id}: a long error`);
    assert.ok(raw.answerTo(id)?.error, id);
  }
  raw.write(ask('next'));
  assert.ok(await raw.until(() => raw.answerTo('next') !== undefined));
  assert.ok(raw.answerTo('next')?.result);
  raw.child.stdin!.end();
  await raw.until(() => raw.exit !== undefined);
  assert.equal(raw.exit?.signal, null);
});

test('before initialize, after shutdown, twice', async () => {
  const raw = new Raw();
  raw.write(ask('early'));
  raw.write(request('early shutdown?', InfoMethod));
  raw.write(initialize('first'));
  raw.write(initialize('second'));
  raw.write(ask('between'));
  await raw.until(() => raw.answerTo('between') !== undefined);
  raw.write(request('down', 'shutdown'));
  raw.write(request('down again', 'shutdown'));
  raw.write(ask('late'));
  raw.write(initialize('late too'));
  // The end of what runs takes its time; what is refused is refused at once.
  const ids = ['second', 'down', 'down again', 'late', 'late too'];
  await raw.until(() => ids.every((id) => raw.answerTo(id) !== undefined));
  const codes = Object.fromEntries(
    raw.received.filter(({ id }) => id !== undefined).map(({ id, error }) => [String(id), error?.code]),
  );
  assert.equal(codes.early, -32002);
  assert.equal(codes['early shutdown?'], -32002);
  assert.equal(codes.first, undefined);
  assert.equal(codes.between, undefined);
  assert.equal(codes.late, -32600);
  for (const id of ids) assert.ok(raw.answerTo(id), id);
  raw.write(notification('exit'));
  await raw.until(() => raw.exit !== undefined);
  assert.deepEqual(raw.exit, { code: 0, signal: null });
  console.log(`# rpc: streams: ${JSON.stringify(outcomes)}`);
});

/** A few at a time. */
async function inTurns(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    [1, 2, 3, 4].map(async () => {
      while (next < count) await work(next++);
    }),
  );
}

/** Who uses the engine next: counted in batches, never in seconds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Asking, Turns } from '../../server/sidecar/turns.js';

const BATCH = 1536;

/** Reads questions batch by batch; `order` has the name of the question of each batch. */
function reading(limit = 1, startedUnits?: number, batch = BATCH) {
  const turns = new Turns(() => limit, startedUnits);
  const order: string[] = [];
  let running = 0;
  let most = 0;
  const ask = (name: string, pieces: number, asking: Partial<Asking> = {}, signal?: AbortSignal) =>
    turns.take(
      { client: 'a', document: name, units: 4 * pieces, ...asking },
      async ({ giveWay }) => {
        for (let left = pieces; left > 0; ) {
          most = Math.max(most, ++running);
          await Promise.resolve();
          order.push(name);
          running--;
          const spent = Math.min(batch, left);
          left -= spent;
          if (left > 0) await giveWay(spent, Math.min(batch, left), left);
        }
        return name;
      },
      signal,
    );
  return { turns, ask, order, atOnce: () => most };
}

/** The number of batches before the last one of `name`. */
const endOf = (order: string[], name: string) => order.lastIndexOf(name);

test('200 at once: no short question waits for more than the running batch of a novel', async () => {
  const { ask, order, atOnce } = reading();
  const all = [ask('novel 1', 27_000), ask('novel 2', 27_000)];
  for (let i = 0; i < 188; i++) {
    all.push(ask(`short ${i}`, 80));
    if (i % 19 === 0) all.push(ask(`middle ${i}`, 2700));
  }
  await Promise.all(all);
  const shorts = Array.from({ length: 188 }, (_, i) => endOf(order, `short ${i}`));
  assert.equal(Math.max(...shorts), 188, 'after one batch of the novel come all of them');
  const middles = order.filter((name) => name.startsWith('middle'));
  const lastMiddle = order.findLastIndex((name) => name.startsWith('middle'));
  assert.ok(lastMiddle <= 1 + 188 + middles.length + 4, `${lastMiddle}: the novels had as many batches as they`);
  // Nothing is read twice, and one at a time.
  assert.equal(order.length, 188 + 10 * 2 + 2 * 18);
  assert.equal(atOnce(), 1);
  // Both novels go on side by side.
  const novels = order.filter((name) => name.startsWith('novel'));
  assert.ok(endOf(novels, 'novel 1') >= novels.length - 4);
});

test('a short question waits for one batch of a long one that has just begun, also where a batch is one window', async () => {
  for (const batch of [384, BATCH]) {
    const { ask, order } = reading(1, undefined, batch);
    const long = ask('long', 20 * batch);
    await Promise.all([long, ask('short', 145)]);
    assert.equal(order.indexOf('short'), 1, `batches of ${batch} pieces: ${order.slice(0, 6).join(', ')}`);
  }
});

test('an endless stream of short questions does not block a long one, which gets half of the engine', async () => {
  const { ask, order } = reading();
  const long = ask('long', 10 * BATCH);
  let stop = false;
  let shorts = 0;
  const stream = async (of: number) => {
    while (!stop) await ask(`short ${of} ${shorts++}`, BATCH / 4);
  };
  const streams = [stream(1), stream(2), stream(3)];
  await long;
  stop = true;
  await Promise.all(streams);
  // Four lanes: for each batch of the long one, each of the three others has as many pieces: four questions.
  assert.ok(shorts <= 10 * 3 * 4 + 10, `${shorts} short ones were read before the long one ended`);
  assert.ok(shorts >= 10 * 4, `${shorts}`);
  assert.equal(order.filter((name) => name === 'long').length, 10);
});

test('clients have equal shares, however many questions one of them asks', async () => {
  const { ask, order } = reading();
  const many = Array.from({ length: 50 }, (_, i) => ask(`many ${i}`, 4 * BATCH));
  const other = ask('other', 4 * BATCH, { client: 'b' });
  await other;
  assert.ok(endOf(order, 'other') <= 8, `${endOf(order, 'other')}: every second batch is its own`);
  await Promise.all(many);
});

test('in a lane the shortest comes first, and later ones do not overtake a long one endlessly', async () => {
  const { ask, order } = reading();
  const document = { document: 'one' };
  const all = [ask('first', BATCH, document), ask('long', 4 * BATCH, document), ask('short', 10, document)];
  all.push(ask('middle', 2 * BATCH, document));
  await Promise.all(all);
  assert.deepEqual(order, ['first', 'short', 'middle', 'middle', 'long', 'long', 'long', 'long']);

  order.length = 0;
  let stop = false;
  const long = ask('long', 3 * BATCH, document);
  const stream = (async () => {
    for (let i = 0; !stop; i++) await ask(`short ${i}`, BATCH, document);
  })();
  await long;
  stop = true;
  await stream;
  assert.ok(order.length <= 9, order.join());
});

test('a question cancelled while it waits fails at once, and those after it continue', async () => {
  const { ask, order } = reading();
  const cancel = new AbortController();
  const first = ask('first', 2 * BATCH);
  const gone = ask('gone', 3 * BATCH, {}, cancel.signal);
  const last = ask('last', BATCH);
  cancel.abort();
  await assert.rejects(gone, { code: 'Cancelled' });
  await Promise.all([first, last]);
  assert.ok(!order.includes('gone'));
  const aborted = ask('never', 1, {}, AbortSignal.abort());
  await assert.rejects(aborted, { code: 'Cancelled' });
});

test('a question that fails, or waits for a file that never comes, does not block the engine', async () => {
  const { turns, ask } = reading();
  const asking = { client: 'a', document: 'x', units: 4 };
  await assert.rejects(
    turns.take(asking, async () => {
      throw new Error('in the middle');
    }),
    /in the middle/,
  );
  const cancel = new AbortController();
  const hung = turns.take(asking, ({ rest }) => rest(() => new Promise(() => {})), cancel.signal);
  assert.equal(await ask('other', 3 * BATCH), 'other');
  cancel.abort();
  await assert.rejects(hung, { code: 'Cancelled' });
  assert.equal(await turns.take(asking, ({ rest }) => rest(async () => 'read')), 'read');
});

test('only as many long questions are started as fit in memory; short ones still run', async () => {
  const { turns, ask } = reading(1, 100_000);
  let started = 0;
  let most = 0;
  const long = (name: string) =>
    turns.take({ client: name, document: name, units: 60_000 }, async ({ giveWay }) => {
      most = Math.max(most, ++started);
      for (let i = 1; i < 5; i++) await giveWay(BATCH, BATCH, (5 - i) * BATCH);
      started--;
    });
  const all = [long('a'), long('b'), long('c')];
  assert.equal(await ask('short', 10), 'short');
  assert.equal(started, 1);
  await Promise.all(all);
  assert.equal(most, 1);
  // A question that is larger than all that may be started is read, too.
  assert.equal(await ask('huge', 200_000), 'huge');
});

test('short questions that overlap do not keep a large one out', async () => {
  const { turns, ask } = reading(2, 1000);
  let begun = 0;
  let most = 0;
  let large: Promise<string> | undefined;
  let read = false;
  let running = 0;
  /** Each client asks its next question before this one ends, so that one is always started. */
  const stream = async (client: string): Promise<void> => {
    let next: Promise<void> | undefined;
    await turns.take({ client, document: `${begun}`, units: 80 }, async ({ giveWay }) => {
      begun++;
      most = Math.max(most, ++running);
      await giveWay(10, 10, 10);
      if (!large && begun >= 6) large = ask('large', 300, { client: 'large' }).finally(() => (read = true));
      if (!read && begun < 500) next = stream(client);
      await giveWay(10, 10, 0);
      running--;
    });
    await next;
  };
  await Promise.all([stream('b'), stream('c')]);
  assert.equal(await large, 'large');
  assert.equal(most > 1, true, 'they overlap');
  // Until it is the next in order, each client reads as much as its first batch: 300 pieces in questions of 20.
  assert.ok(begun <= 6 + (2 * 300) / 20 + 4, `${begun} were started`);
});

test('while one waits for memory the started ones go on, and no other is started', async () => {
  const { turns } = reading(2, 1000);
  const order: string[] = [];
  const gates = new Map<string, () => void>();
  const held = (name: string, units: number, signal?: AbortSignal) => {
    const end = turns.take(
      { client: name, document: name, units },
      async ({ giveWay }) => {
        order.push(name);
        await new Promise<void>((resolve) => gates.set(name, resolve));
        await giveWay(units / 4, 1, 1);
        order.push(`${name} again`);
      },
      signal,
    );
    return end.catch((e) => order.push(`${name} ${e.code}`));
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const pass = async (name: string) => {
    gates.get(name)?.();
    await settled();
  };
  const ends = [held('a', 400), held('b', 400)];
  await settled();
  const cancel = new AbortController();
  ends.push(held('gone', 2000, cancel.signal), held('large', 2000));
  await settled();
  await pass('a');
  ends.push(held('short', 4));
  await settled();
  assert.deepEqual(order, ['a', 'b', 'a again'], 'there is a free turn, but nobody may have it');
  cancel.abort();
  await settled();
  assert.deepEqual(order.splice(0), ['a', 'b', 'a again', 'gone Cancelled', 'short']);
  await pass('short');
  ends.push(held('later', 400));
  await pass('b');
  assert.deepEqual(order.splice(0), ['short again', 'b again', 'large'], 'the large one is next');
  await pass('large');
  assert.deepEqual(order.splice(0), ['large again', 'later']);
  await pass('later');
  await Promise.all(ends);
});

test('a file that never comes and a question that waits for memory do not block the engine together', async () => {
  const { turns, ask } = reading(1, 1000);
  const cancel = new AbortController();
  const asking = { client: 'a', document: 'x', units: 400 };
  const hung = turns.take(asking, ({ rest }) => rest(() => new Promise(() => {})), cancel.signal);
  const large = ask('large', 1000);
  assert.equal(await ask('short', 10, { client: 'b' }), 'short');
  assert.equal(await ask('other', 100, { client: 'b' }), 'other');
  cancel.abort();
  await assert.rejects(hung, { code: 'Cancelled' });
  assert.equal(await large, 'large');
});

test('an engine that takes several questions gets that many, and each is told of its turns', async () => {
  const { ask, atOnce } = reading(3);
  const heard: boolean[] = [];
  const all = Array.from({ length: 8 }, (_, i) =>
    ask(`${i}`, 5 * BATCH, i === 5 ? { onTurn: (has) => heard.push(has) } : {}),
  );
  await Promise.all(all);
  assert.equal(atOnce(), 3);
  assert.deepEqual(heard.slice(0, 2), [false, true]);
  assert.equal(heard.at(-1), true);
});

/** The remote engine against a server of KServe v2 on this machine: answers, what is sent, replicas, cancel. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import { chooseEngine } from '../../../server/engine/choose/choose-engine.js';
import { ModelWeights } from '../../../server/model/weights.js';
import { Session } from '../../../server/session/session.js';
import { fixture } from '../model/model-fixtures.js';
import { json, KServe } from './kserve-server.js';
import { batchOf, cacheFolder, config, connect, expected, found } from './remote-fixtures.js';

const servers: KServe[] = [];
after(async () => {
  for (const server of servers) await server.close();
});

async function serverWith(change: Partial<KServe> = {}): Promise<KServe> {
  const server = new KServe();
  servers.push(server);
  Object.assign(server, change);
  await server.open();
  return server;
}

const isInference = ({ path }: { path: string }) => path.endsWith('/infer');

describe('the remote engine', () => {
  const batch = batchOf([32, 30, 17, 40, 40, 9, 12, 31, 33, 20, 40]);

  for (const [name, change] of Object.entries({
    'binary, INT64': {},
    'binary, INT32': { datatype: 'INT32' },
    JSON: { extensions: [] },
    'rows of one length': { shape: [-1, config.maxSequenceLength] },
    'three rows at most': { config: { max_batch_size: 3 } },
  })) {
    it(`gives the logits of the model: ${name}`, async () => {
      const server = await serverWith(change);
      const engine = await connect([server.url]);
      const logits = found(batch, await engine.run(batch));
      for (const [row, wanted] of (await expected(batch)).entries()) {
        assert.equal(logits[row].length, wanted.length);
        for (const [i, value] of wanted.entries()) assert.ok(Math.abs(logits[row][i] - value) < 1e-4, `${row}, ${i}`);
      }
      assert.equal(engine.info.name, 'remote');
      assert.equal(engine.info.precision, 'fp32');
      assert.equal(engine.info.library, 'test');
      assert.ok(engine.info.check && engine.info.check.difference < 1e-4);
    });
  }

  it('is named by its precision: fp16 if the logits agree no better', async () => {
    const server = await serverWith();
    server.spoil = (outputs) => {
      for (const { data } of outputs) for (const [i, value] of data.entries()) data[i] = Math.fround(value * 1.002);
    };
    const engine = await connect([server.url]);
    assert.equal(engine.info.precision, 'fp16');
  });

  it('sends ids, masks and types of tokens, and no text', async () => {
    const server = await serverWith();
    const session = new Session(
      { modelPath: fixture('tiny-f32'), engine: 'remote', remoteUrl: server.url, cacheFolder },
      false,
    );
    const text = 'The zebra Wolfgang crossed the Danube bridge in Regensburg on Tuesday.';
    const question = 'Which river did the zebra cross?';
    try {
      const { engine } = await session.answer({ text, question });
      assert.equal(engine.name, 'remote');
      assert.match(session.choice.join('\n'), /token ids.* are sent to 127\.0\.0\.1/);
    } finally {
      await session.unload();
    }
    const sent = server.asked.map(
      ({ path, headers, body }) => `${path}\n${JSON.stringify(headers)}\n${body.toString('latin1')}`,
    );
    assert.ok(server.inferences.length > 0);
    for (const word of [...text.split(/\W+/), ...question.split(/\W+/)].filter(({ length }) => length > 4)) {
      for (const each of sent) assert.ok(!each.toLowerCase().includes(word.toLowerCase()), word);
    }
  });

  it('sends the token, and only to the server', async () => {
    const server = await serverWith();
    const engine = await connect([server.url], { token: 'secret-1' });
    await engine.run(batch);
    for (const { headers } of server.asked) assert.equal(headers.authorization, 'Bearer secret-1');
  });

  it('keeps its connections', async () => {
    const server = await serverWith();
    const engine = await connect([server.url]);
    for (let i = 0; i < 20; i++) await engine.run(batchOf([12]));
    assert.ok(server.sockets.size <= 2, `${server.sockets.size} connections`);
  });

  it('asks several requests at once, and several servers', async () => {
    const two = [await serverWith(), await serverWith()];
    // Nothing is answered before four requests have come: one after the other, they would wait forever.
    let waiting: (() => void)[] = [];
    let holding = false;
    for (const server of two) {
      server.behaviour = async (asked) => {
        if (!holding || !isInference(asked)) return undefined;
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          if (waiting.length < 4) return;
          for (const each of waiting) each();
          waiting = [];
        });
        return undefined;
      };
    }
    const engine = await connect(two.map(({ url }) => url));
    assert.match(engine.info.device, / and 1 more$/);
    // Until both have been checked.
    while (two.some((server) => server.inferences.length < 2)) await engine.run(batchOf(new Array(32).fill(20)));
    holding = true;
    const before = two.map((server) => server.inferences.length);
    await engine.run(batchOf(new Array(32).fill(20)));
    for (const [i, server] of two.entries()) assert.ok(server.inferences.length > before[i]);
  });

  it('ends a request as soon as it is cancelled', async () => {
    const server = await serverWith();
    const engine = await connect([server.url]);
    const came = new Promise<void>((resolve) => {
      server.behaviour = (asked) => {
        if (!isInference(asked)) return undefined;
        asked.response.on('close', () => gone());
        resolve();
        // It never answers.
        return true;
      };
    });
    let gone = () => {};
    const closed = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const stop = new AbortController();
    const run = engine.run(batch, stop.signal);
    await came;
    stop.abort();
    await assert.rejects(run, { code: 'Cancelled' });
    await closed;
    server.behaviour = () => undefined;
    await engine.run(batch);
  });

  it('ends a wait as soon as it is cancelled', async () => {
    const server = await serverWith();
    const engine = await connect([server.url]);
    const stop = new AbortController();
    server.behaviour = (asked) => {
      if (!isInference(asked)) return undefined;
      json(asked.response, 503, {}, { 'retry-after': '20' });
      setImmediate(() => stop.abort());
      return true;
    };
    await assert.rejects(engine.run(batch, stop.signal), { code: 'Cancelled' });
  });

  it('tries again what failed in passing: 503, 429 with Retry-After, half an answer, a broken connection', async () => {
    const server = await serverWith();
    const engine = await connect([server.url]);
    const wanted = await expected(batchOf([12]));
    const failures: ((asked: { response: import('node:http').ServerResponse }) => void)[] = [
      ({ response }) => json(response, 503, { error: 'not ready' }),
      ({ response }) => json(response, 429, {}, { 'retry-after': '0.2' }),
      ({ response }) => json(response, 500, {}),
      ({ response }) => response.destroy(),
      ({ response }) => {
        response.writeHead(200, { 'content-length': '5000' });
        response.write('{"outputs": [');
        setImmediate(() => response.destroy());
      },
      ({ response }) => response.end('<html>'),
    ];
    for (const [i, fail] of failures.entries()) {
      let failed = false;
      server.behaviour = (asked) => {
        if (failed || !isInference(asked)) return undefined;
        failed = true;
        fail(asked);
        return true;
      };
      const logits = found(batchOf([12]), await engine.run(batchOf([12])));
      assert.ok(failed);
      assert.ok(Math.abs(logits[0][0] - wanted[0][0]) < 1e-4, `failure ${i}`);
    }
  });

  it('waits as long as Retry-After says', async () => {
    const server = await serverWith();
    const engine = await connect([server.url]);
    const times: number[] = [];
    server.behaviour = (asked) => {
      if (!isInference(asked)) return undefined;
      times.push(performance.now());
      if (times.length > 1) return undefined;
      json(asked.response, 429, {}, { 'retry-after': '1' });
      return true;
    };
    await engine.run(batchOf([12]));
    assert.ok(times[1] - times[0] >= 990, `${times[1] - times[0]} ms`);
  });

  it('goes on with another server when one ends, and comes back when it runs again', async () => {
    const [first, second] = [await serverWith(), await serverWith()];
    const engine = await connect([first.url, second.url]);
    const { port } = first;
    await first.close();
    for (let i = 0; i < 5; i++) await engine.run(batch);
    await second.close();
    const again = new KServe();
    servers.push(again);
    await again.open(port);
    const logits = found(batch, await engine.run(batch));
    assert.ok(Math.abs(logits[0][0] - (await expected(batch))[0][0]) < 1e-4);
    // It may be another one: it was connected to and checked before it was used.
    assert.deepEqual(
      again.asked.slice(0, 3).map((each) => each.path),
      ['/v2', '/v2/models/ask-bert', '/v2/models/ask-bert/config'],
    );
  });

  it('checks the model again when another version answers', async () => {
    const server = await serverWith();
    const engine = await connect([server.url]);
    server.version = '2';
    const before = server.asked.length;
    await engine.run(batchOf([12]));
    const after = server.asked.slice(before).map((each) => each.path);
    assert.ok(after.includes('/v2/models/ask-bert'), after.join(' '));
    assert.ok(after.filter((each) => each.endsWith('/infer')).length >= 3);
  });

  it('is replaced by the CPU only if the user allows it', async () => {
    const server = await serverWith();
    const settings = { engine: 'remote', remoteUrl: server.url, cacheFolder, threads: 1 } as const;
    const weights = new ModelWeights(config);
    const said: string[] = [];
    const onRefused = (sentence: string) => said.push(sentence);
    const { engine, reasons } = await chooseEngine(weights, { ...settings, remoteFallback: true }, { onRefused });
    assert.equal(engine.info.name, 'remote');
    server.behaviour = ({ response }) => {
      json(response, 401, {});
      return true;
    };
    const runs = await Promise.all([engine.run(batch), engine.run(batchOf([12]))]);
    const wanted = await expected(batch);
    assert.ok(Math.abs(found(batch, runs[0])[3][5] - wanted[3][5]) < 1e-3);
    assert.equal(engine.info.name, 'cpu');
    assert.equal(said.length, 1);
    assert.match(said[0], /denied access \(401\)\. The CPU answers instead/);
    assert.match(reasons.join('\n'), /remote failed and was replaced: .*denied access/);
    await engine.close();
    // At the start too.
    const second = await chooseEngine(weights, { ...settings, remoteFallback: true }, { onRefused });
    assert.equal(second.engine.info.name, 'cpu');
    assert.equal(said.length, 2);
    await second.engine.close();
    await assert.rejects(chooseEngine(weights, settings, { onRefused }), /denied access/);
    assert.equal(said.length, 2);
    weights.close();
  });

  it('fails its runs when it is closed', async () => {
    const server = await serverWith();
    const engine = await connect([server.url]);
    let held: import('node:http').ServerResponse | undefined;
    const came = new Promise<void>((resolve) => {
      server.behaviour = (asked) => {
        if (!isInference(asked)) return undefined;
        held = asked.response;
        resolve();
        return true;
      };
    });
    const run = engine.run(batch);
    run.catch(() => {});
    await came;
    const ended = once(held!, 'close');
    await engine.close();
    await engine.close();
    await assert.rejects(run, { code: 'EngineRun' });
    await ended;
  });
});

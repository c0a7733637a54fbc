/** What servers, addresses and settings get wrong: each ends in one sentence that names it. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { remotePlace } from '../../../server/engine/remote/address.js';
import { RemoteHttp } from '../../../server/engine/remote/http.js';
import { asAskBertError } from '../../../server/errors.js';
import { fixture } from '../model/model-fixtures.js';
import { type Asked, json, KServe, type Tensor } from './kserve-server.js';
import { batchOf, cacheFolder, connect, expected, found, needed } from './remote-fixtures.js';

const servers: KServe[] = [];
after(async () => {
  for (const server of servers) await server.close();
});

async function serverWith(change: Partial<KServe> = {}, certificate?: string): Promise<KServe> {
  const server = new KServe(certificate);
  servers.push(server);
  Object.assign(server, change);
  await server.open();
  return server;
}

const names = { url: 'askBert.remote.url', model: 'askBert.remote.model' };
const quick = { patienceMs: 300, timeoutMs: 60_000 };
const everything = (answer: (asked: Asked) => void) => (asked: Asked) => {
  answer(asked);
  return true;
};
const inference = (answer: (asked: Asked) => void) => (asked: Asked) => {
  if (!asked.path.endsWith('/infer')) return undefined;
  answer(asked);
  return true;
};
const spoilt = (change: (tensor: Tensor) => void) => (outputs: Tensor[]) => {
  for (const each of outputs) change(each);
};

/** Each: what the server does, and the sentence. HOST stands for its address. */
const faults: Record<string, [Partial<KServe>, RegExp]> = {
  'no such model': [{ model: 'other' }, /^HOST has no model ask-bert: Request for unknown model\. Check the name/],
  'a page instead of the protocol': [
    { behaviour: everything(({ response }) => response.end('<html>hello</html>')) },
    /^The answer of HOST cannot be used: it is not a JSON object/,
  ],
  'version 1 of the protocol': [
    { behaviour: everything(({ response }) => json(response, 404, {})) },
    /^HOST does not speak KServe v2 \(Open Inference Protocol\): it answered 404 for \/v2\. Check the address/,
  ],
  'other inputs': [
    { inputs: ['ids', 'mask'] },
    /^The model ask-bert on HOST has no input input_ids: found ids, mask\. Serve a model that "ask-bert export"/,
  ],
  'an input more': [
    { inputs: ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids'] },
    /^The model ask-bert on HOST has an input position_ids; expected input_ids, attention_mask, token_type_ids/,
  ],
  'other outputs': [{ outputs: ['logits'] }, /^The model ask-bert on HOST has no output start_logits: found logits/],
  'other types': [{ datatype: 'FP32' }, /^input_ids of the model ask-bert on HOST is FP32, expected INT64, INT32/],
  'other shapes': [
    { shape: [-1] },
    /^input_ids of the model ask-bert on HOST has the shape \[-1\], expected \[-1, -1\]/,
  ],
  'rows that are too short': [
    { shape: [-1, 8] },
    /^The model ask-bert on HOST takes 8 pieces at most, and the windows of the model here have \d+/,
  ],
  'another vocabulary': [
    { parameters: { ask_bert_vocabulary_sha256: { string_value: 'ab'.repeat(32) } } },
    /^The model ask-bert on HOST has another vocabulary: the SHA-256 is (ab){32}, expected [0-9a-f]{64}\. Choose the model/,
  ],
  'another model': [
    { spoil: spoilt(({ data }) => data.reverse()) },
    /^HOST: The remote engine in fp16 was refused: its logits differ from the model's by .* is allowed\. The server needs/,
  ],
  'logits that are not numbers': [
    { spoil: spoilt(({ data }) => data.fill(Number.NaN)) },
    /^The answer of HOST cannot be used: start_logits has logits that are not numbers/,
  ],
  'the same in JSON': [
    { extensions: [], spoil: spoilt(({ data }) => data.fill(Number.NaN)) },
    /^The answer of HOST cannot be used: start_logits has logits that are not numbers/,
  ],
  'half a tensor': [
    { spoil: spoilt((tensor) => tensor.data.splice(tensor.data.length / 2)) },
    /^The answer of HOST cannot be used: start_logits has \d+ bytes, expected \d+/,
  ],
  'half a tensor in JSON': [
    { extensions: [], spoil: spoilt((tensor) => tensor.data.splice(tensor.data.length / 2)) },
    /^The answer of HOST cannot be used: start_logits has \d+ numbers, expected \d+/,
  ],
  'a shape of 2^40': [
    { spoil: spoilt(({ shape }) => shape.splice(0, 2, 1, 2 ** 40)) },
    /^The answer of HOST cannot be used: start_logits has the shape \[1,1099511627776\], expected \[\d,\d+\]/,
  ],
  'a tensor of 2^40 bytes': [
    {
      behaviour: inference(({ response }) => {
        const outputs = [
          { name: 'start_logits', datatype: 'FP32', shape: [1], parameters: { binary_data_size: 2 ** 40 } },
        ];
        const head = JSON.stringify({ outputs });
        response.writeHead(200, { 'inference-header-content-length': String(head.length) }).end(head);
      }),
    },
    /^The answer of HOST cannot be used: a tensor is said to have 1099511627776 bytes, and 0 came/,
  ],
  'a header of 2^40 bytes': [
    {
      behaviour: inference(({ response }) => {
        response.writeHead(200, { 'inference-header-content-length': String(2 ** 40) }).end('{}');
      }),
    },
    /^The answer of HOST cannot be used: its JSON is said to have 1099511627776 bytes, and 2 came/,
  ],
  'an answer without end': [
    {
      behaviour: inference(({ response }) => {
        response.writeHead(200);
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(1 << 16, 32)));
        };
        response.on('drain', more).on('error', () => {});
        more();
      }),
    },
    /^HOST answered with more than \d+ bytes/,
  ],
  'no outputs': [
    { behaviour: inference(({ response }) => json(response, 200, { outputs: {} })) },
    /^The answer of HOST cannot be used: it has no outputs/,
  ],
  'one output': [
    { spoil: (outputs) => outputs.splice(1) },
    /^The answer of HOST cannot be used: it has no output end_logits/,
  ],
  'another type in the answer': [
    { spoil: spoilt((tensor) => Object.assign(tensor, { datatype: 'FP64' })) },
    /^The answer of HOST cannot be used: start_logits is FP64, expected FP32/,
  ],
  'a batch that is refused': [
    { behaviour: inference(({ response }) => json(response, 400, { error: 'unexpected shape' })) },
    /^HOST refused a batch of the model ask-bert \(400\): unexpected shape\. Check the model/,
  ],
  'a redirect': [
    {
      behaviour: everything(({ response }) => {
        response.writeHead(307, { location: 'https://elsewhere.example/v2' }).end();
      }),
    },
    /^HOST redirects to https:\/\/elsewhere\.example, and redirects are not followed\. Set the address/,
  ],
  '401': [
    { behaviour: everything(({ response }) => json(response, 401, {})) },
    /^HOST denied access \(401\)\. Set the token/,
  ],
  '429 for longer than anyone waits': [
    { behaviour: everything(({ response }) => json(response, 429, {}, { 'retry-after': '3600' })) },
    /^HOST answered 429\. The server is overloaded or not ready/,
  ],
  'Retry-After as a date': [
    {
      behaviour: everything(({ response }) =>
        json(response, 429, {}, { 'retry-after': new Date(Date.now() + 3600_000).toUTCString() }),
      ),
    },
    /^HOST answered 429\./,
  ],
  '503': [
    { behaviour: everything(({ response }) => json(response, 503, {})) },
    /^HOST answered 503\. The server is overloaded or not ready: try again later/,
  ],
  '418': [
    { behaviour: everything(({ response }) => json(response, 418, {})) },
    /^HOST answered 418\. Check the address/,
  ],
};

describe('a server that is wrong', () => {
  for (const [name, [change, sentence]] of Object.entries(faults)) {
    it(`${name}: one sentence`, async () => {
      const server = await serverWith(change);
      const error = await connect([server.url], quick).then(
        () => assert.fail('it was accepted'),
        (e: unknown) => asAskBertError(e),
      );
      const line = error.line.replaceAll(`127.0.0.1:${server.port}`, 'HOST');
      assert.match(line, sentence);
      assert.equal(line.match(/HOST/g)?.length, 1, line);
    });
    it(`${name}: another server answers instead`, async () => {
      const [bad, good] = [await serverWith(change), await serverWith()];
      const engine = await connect([bad.url, good.url], { patienceMs: 60_000 });
      const batch = batchOf([12, 20]);
      const logits = found(batch, await engine.run(batch));
      assert.ok(Math.abs(logits[1][3] - (await expected(batch))[1][3]) < 1e-4);
    });
  }

  it('a vocabulary is compared wherever the server states it', async () => {
    const good = await serverWith({
      parameters: { ask_bert_vocabulary_sha256: { string_value: needed.vocabularySha256 } },
    });
    await connect([good.url], quick);
    const flat = await serverWith({ extensions: [] });
    flat.behaviour = async ({ path: where, response }) => {
      if (where !== '/v2/models/ask-bert') return undefined;
      json(response, 200, { parameters: { ask_bert_vocabulary_sha256: 'cd'.repeat(32) } });
      return true;
    };
    await assert.rejects(connect([flat.url], quick), /another vocabulary: the SHA-256 is (cd){32}/);
  });

  it('nobody listens', async () => {
    const server = await serverWith();
    const { url, port } = server;
    await server.close();
    const error = await connect([url], quick).then(() => assert.fail(), asAskBertError);
    assert.match(
      error.line,
      new RegExp(`^127\\.0\\.0\\.1:${port} cannot be reached: .*ECONNREFUSED.*\\. Check that the server runs`),
    );
  });

  it('a server that says nothing', async () => {
    const server = await serverWith({ behaviour: everything(() => {}) });
    const http = new RemoteHttp();
    const request = { address: `${server.url}/v2`, limit: 1000, timeoutMs: 50 };
    await assert.rejects(http.send(request), /^AskBertError: 127\.0\.0\.1:\d+ did not answer within 0\.05 s\.$/);
    await http.close();
  });

  it('an answer of the metadata without end is not read to its end', async () => {
    const server = await serverWith();
    server.behaviour = everything(({ response }) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 16, 32)));
      };
      response.on('drain', more).on('error', () => {});
      more();
    });
    await assert.rejects(connect([server.url], quick), /answered with more than 1048576 bytes/);
  });

  it('all that a fault of a server says stands on one line and is short', async () => {
    const server = await serverWith();
    const long = `first\nsecond${'x'.repeat(100_000)}`;
    server.behaviour = ({ path: where, response }) => {
      if (where !== '/v2/models/ask-bert') return undefined;
      json(response, 404, { error: long });
      return true;
    };
    const error = await connect([server.url], quick).then(() => assert.fail(), asAskBertError);
    assert.ok(error.message.length < 400);
    assert.doesNotMatch(error.message, /\n/);
  });
});

describe('certificates', () => {
  /** The command line in a process of its own: Node reads NODE_EXTRA_CA_CERTS at its start. */
  async function info(server: KServe, trusted: string | undefined): Promise<{ code: number | null; err: string }> {
    const file = trusted && path.resolve('test', 'fixtures', 'certificates', trusted);
    const env = { ...process.env, ASKBERT_MODELS: cacheFolder, ...(file && { NODE_EXTRA_CA_CERTS: file }) };
    const flags = ['--engine', 'remote', '--url', server.url, '--model', fixture('tiny-f32'), '--cache', cacheFolder];
    const child = fork(path.resolve('dist', 'cli.js'), ['info', ...flags], { silent: true, env, execArgv: [] });
    let err = '';
    child.stdout?.resume();
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, err };
  }

  it('one that the user trusts is good', async () => {
    assert.deepEqual(await info(await serverWith({}, 'good.pem'), 'good.pem'), { code: 0, err: '' });
  });

  it('one that has expired is refused', async () => {
    const { code, err } = await info(await serverWith({}, 'expired.pem'), 'expired.pem');
    assert.match(err, /The certificate of localhost:\d+ has expired\. The server needs a new certificate/);
    assert.equal(code, 1);
  });

  it('one that nobody vouches for is refused', async () => {
    const { code, err } = await info(await serverWith({}, 'good.pem'), undefined);
    assert.match(err, /The certificate of localhost:\d+ is not trusted: .*NODE_EXTRA_CA_CERTS/);
    assert.equal(code, 1);
  });
});

describe('addresses', () => {
  const place = (url: string, model?: string) => remotePlace(url, model, names);

  it('are https, or http on this machine; several are replicas', () => {
    assert.deepEqual(place('https://gpu.example.org/'), { servers: ['https://gpu.example.org'], model: 'ask-bert' });
    assert.deepEqual(
      place(
        ' https://a.example:8443/triton/ ,http://localhost:8000 http://[::1]:1 https://a.example:8443/triton',
        'm.1-b',
      ),
      {
        servers: ['https://a.example:8443/triton', 'http://localhost:8000', 'http://[::1]:1'],
        model: 'm.1-b',
      },
    );
  });

  it('with a password are refused, and no message has it', () => {
    for (const url of ['https://anna:geheim@gpu.example', 'https://geheim@gpu.example', 'http://x:geheim@10.0.0.1']) {
      assert.throws(
        () => place(url),
        (e: Error) => {
          assert.match(e.message, /^askBert\.remote\.url: the address of \S+ has a user name or a password in it/);
          assert.doesNotMatch(JSON.stringify([e.message, (e as { remedy?: string }).remedy]), /geheim|anna/);
          return true;
        },
      );
    }
    for (const url of [
      'https://geheim@',
      'https:geheim@[',
      'https://a.example?token=geheim',
      '//anna:geheim@host',
      'ftp://a/#geheim',
    ]) {
      assert.throws(
        () => place(url),
        (e: Error) => !/geheim/.test(e.message),
        url,
      );
    }
  });

  it('in the clear are refused', () => {
    assert.throws(
      () => place('http://gpu.example.org:8000'),
      /found http:\/\/gpu\.example\.org:8000, which is not encrypted/,
    );
  });

  it('that are wrong are refused by name', () => {
    assert.throws(() => place(''), /needs the address of a server, and askBert\.remote\.url is empty/);
    assert.throws(() => place(' , '), /is empty/);
    for (const url of ['gpu', 'file:///etc', 'https://', 'javascript:1']) {
      assert.throws(() => place(url), /^\S*Error: askBert\.remote\.url: found .*, expected https:\/\/HOST/, url);
    }
    assert.throws(
      () =>
        place(
          new Array(65)
            .fill(0)
            .map((_, i) => `https://h${i}`)
            .join(' '),
        ),
      /65 addresses/,
    );
    for (const model of ['a/b', '..', '%2e', 'a b', 'x'.repeat(200), '']) {
      if (model) assert.throws(() => place('https://a', model), /^\S*Error: askBert\.remote\.model: found/, model);
    }
  });

  it('a proxy is asked for everything but this machine', async () => {
    const proxy = await serverWith();
    const connects: string[] = [];
    const { createServer } = await import('node:http');
    const tunnel = createServer().on('connect', (request, socket) => {
      connects.push(request.url ?? '');
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
    await new Promise<void>((resolve) => tunnel.listen(0, '127.0.0.1', resolve));
    const { port } = tunnel.address() as { port: number };
    const http = new RemoteHttp({ proxy: `http://127.0.0.1:${port}` });
    const request = { limit: 1000, timeoutMs: 60_000 };
    await assert.rejects(http.send({ ...request, address: 'https://gpu.example.invalid/v2' }), /gpu\.example\.invalid/);
    assert.deepEqual(connects, ['gpu.example.invalid:443']);
    assert.equal((await http.send({ ...request, address: `${proxy.url}/v2` })).status, 200);
    assert.equal(connects.length, 1);
    await http.close();
    tunnel.close();
  });
});

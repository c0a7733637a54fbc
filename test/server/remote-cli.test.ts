/** The command line with a server, and `export`: flags, token, what is refused, and that no message has a password. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { KServe } from '../unit/engine/kserve-server.js';
import { fixture } from '../unit/model/model-fixtures.js';
import { CommandLines } from './command-lines.js';

const root = mkdtempSync(path.join(tmpdir(), 'ask-bert-remote-cli-'));
const lines = new CommandLines({
  ...process.env,
  ASKBERT_MODELS: root,
  ASKBERT_CONFIG: path.join(root, 'config.json'),
});
const server = new KServe();
after(async () => {
  lines.close();
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const tiny = ['--model', fixture('tiny-f32'), '--cache', root];

describe('ask-bert with a server', () => {
  it('answers by it, sends the token of the environment, and says so in info', async () => {
    const url = await server.open();
    const flags = ['--engine', 'remote', '--url', url, ...tiny];
    const { code, out, err } = await lines.run(['info', ...flags], { ASKBERT_REMOTE_TOKEN: 'token-7' });
    assert.equal(code, 0, err);
    assert.match(out, /Engine {2}remote, fp32, on 127\.0\.0\.1:\d+\n {8}test 9, loaded in \d+ ms/);
    assert.match(out, /token ids, which stand for the words of a text, are sent to 127\.0\.0\.1/);
    assert.doesNotMatch(out + err, /token-7/);
    for (const { headers } of server.asked) assert.equal(headers.authorization, 'Bearer token-7');
    const asked = await lines.run(['ask', '-q', 'Who built it?', '--json', 'README.md', ...flags]);
    assert.equal(asked.code, 0, asked.err);
    assert.equal(JSON.parse(asked.out).engine.name, 'remote');
  });

  it('extract asks about as many short documents together as keep a server busy', async () => {
    const dir = path.join(root, 'documents');
    mkdirSync(dir);
    for (let i = 0; i < 80; i++) writeFileSync(path.join(dir, `${i}.txt`), `the king built city ${i}\n`);
    const questions = path.join(root, 'q.json');
    writeFileSync(questions, '[{"name":"who","question":"who built a city"}]');
    const flags = ['--engine', 'remote', '--url', server.url, ...tiny];
    const before = server.inferences.length;
    assert.equal((await lines.run(['info', ...flags])).code, 0);
    let ofCheck = server.inferences.length - before;
    // After the check of the engine nothing is answered before 64 requests have come: fewer would wait forever.
    const waiting: (() => void)[] = [];
    server.behaviour = async ({ path: where }) => {
      if (!where.endsWith('/infer') || ofCheck-- > 0 || ofCheck < -64) return undefined;
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 64) for (const each of waiting) each();
      });
      return undefined;
    };
    const out = path.join(root, 'table.csv');
    const { code, err } = await lines.run(['extract', '--questions', questions, '--dir', dir, '--out', out, ...flags]);
    server.behaviour = () => undefined;
    assert.equal(code, 0, err);
    assert.equal(waiting.length, 64);
    assert.match(err, /table\.csv: 80 of 80 files/);
  });

  it('the CPU answers only if that is allowed, and says so', async () => {
    const flags = [
      'ask',
      '-q',
      'Who built it?',
      'README.md',
      ...tiny,
      '--engine',
      'remote',
      '--url',
      'http://127.0.0.1:9',
    ];
    const refused = await lines.run(flags);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /^ask-bert: 127\.0\.0\.1:9 cannot be reached: /);
    const allowed = await lines.run([...flags, '--fallback']);
    assert.equal(allowed.code, 0, allowed.err);
    assert.match(
      allowed.err + allowed.out,
      /remote was requested, but cpu answered: .*127\.0\.0\.1:9 cannot be reached/,
    );
  });

  for (const [args, sentence] of [
    [['--engine', 'remote'], /The engine "remote" needs the address of a server, and --url is empty\. Set --url/],
    [['--url', 'https://gpu.example'], /--url is only used with --engine remote/],
    [
      ['--engine', 'remote', '--url', 'http://gpu.example'],
      /--url: found http:\/\/gpu\.example, which is not encrypted/,
    ],
    [
      ['--engine', 'remote', '--url', 'https://anna:geheim@gpu.example'],
      /--url: the address of gpu\.example has a user name/,
    ],
    [['--engine', 'remote', '--url', 'gpu'], /--url: found "gpu", expected https:\/\/HOST/],
    [
      ['--engine', 'remote', '--url', 'https://a', '--remote-model', 'a/b'],
      /--remote-model: found "a\/b", expected letters/,
    ],
  ] as const) {
    it(`refuses ${args.join(' ').replace(/anna:geheim/, '…')}`, async () => {
      const { code, out, err } = await lines.run(['info', ...args]);
      assert.equal(code, 2);
      assert.match(err, sentence);
      assert.doesNotMatch(out + err, /geheim|anna/);
    });
  }
});

describe('ask-bert export', () => {
  it('writes the folder and prints its files', async () => {
    const folder = path.join(root, 'exported');
    const { code, out, err } = await lines.run(['export', fixture('tiny-f32'), folder, '--for', 'onnx', '--json']);
    assert.equal(code, 0, err);
    const { files } = JSON.parse(out);
    assert.equal(files.length, 5);
    assert.deepEqual(readdirSync(folder).sort(), [
      'config.json',
      'onnx',
      'tokenizer.json',
      'tokenizer_config.json',
      'vocab.txt',
    ]);
    const again = await lines.run(['export', fixture('tiny-f32'), folder, '--for', 'onnx']);
    assert.equal(again.code, 2);
    assert.match(again.err, /The folder .*exported is not empty; expected a new or an empty one\. Name another folder/);
  });

  for (const [args, sentence] of [
    [['export', 'm', 'f'], /for/],
    [['export', 'm', 'f', '--for', 'tensorflow'], /onnx/],
    [
      ['export', fixture('tiny-f32'), 'f', '--for', 'triton', '--name', '../x'],
      /--name: found "\.\.\/x", expected letters/,
    ],
    [['export', fixture('tiny-f32'), 'f', '--for', 'onnx', '--name', 'x'], /--name is only used with --for triton/],
  ] as const) {
    it(`refuses ${args.slice(2).join(' ')}`, async () => {
      const { code, err } = await lines.run(args);
      assert.equal(code, 2);
      assert.match(err, sentence);
    });
  }
});

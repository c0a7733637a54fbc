/** The report for those who help: what is in it, and above all what is not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { redactor } from '../../../src/diagnostics/redact.js';
import { type Diagnostics, report } from '../../../src/diagnostics/report.js';
import { FailureLog } from '../../../src/sidecar/failure-log.js';
import { Latencies } from '../../../src/status/latency.js';
import fc from '../helpers/fast-check.js';

const who = { home: '/home/alice', user: 'alice', folders: ['/home/alice/work/secret-project'] };
const time = Date.UTC(2026, 10, 24, 12, 0, 0);

const data = (more: Partial<Diagnostics> = {}): Diagnostics => ({
  time,
  versions: [
    ['Ask BERT', '0.1.0'],
    ['glibc', '2.36'],
  ],
  remote: 'ssh-remote',
  trusted: true,
  folders: 1,
  schemes: ['file'],
  settings: [
    { key: 'askBert.modelPath', value: '/home/alice/models/large', where: 'user', valid: true },
    { key: 'askBert.threads', value: 'my secret', where: 'workspace', valid: false },
  ],
  sidecar: {
    state: 'ready',
    running: true,
    startedAt: time - 90_000,
    crashes: 2,
    lastCrashes: [{ time: time - 100_000, reason: 'signal SIGKILL' }],
    info: {
      version: '0.1.0',
      residentBytes: 165e6,
      questionsAnswered: 12,
      engine: {
        name: 'cpu',
        device: 'Some Processor',
        model: 'large',
        precision: 'int8',
        library: 'ONNX Runtime',
        libraryVersion: '1.30.0',
        threads: 2,
        loadMs: 81,
        check: { difference: 0.0123, tolerance: 1.72, ms: 21.34, windows: 3 },
      },
      model: {
        name: 'large',
        folder: '/home/alice/models/large',
        layers: 24,
        hiddenSize: 1024,
        heads: 16,
        vocabularySize: 30522,
        maxSequenceLength: 384,
        lowerCase: true,
        storage: 'F32',
        noAnswerThreshold: 0,
      },
      choice: ['cpu: no usable TensorRT was found', '/home/alice/.local/lib/libnvinfer.so.10: no driver'],
    },
  },
  latency: { count: 3, p50: 41.4, p95: 80, last: 50 },
  libraries: [
    { candidate: { path: '/home/alice/.local/lib/libnvinfer.so.10', source: 'pip' }, refused: 'no driver' },
    {
      candidate: { path: '/usr/lib/libnvinfer.so.11', source: 'system' },
      version: '11.1.0',
      usable: { device: { name: 'Some Card' }, driver: '580.1' },
    },
  ],
  failures: [{ code: 'ModelInvalid', time: time - 5000 }],
  ...more,
});

describe('the report', () => {
  it('contains everything that helps, with paths below ~', () => {
    const text = report(data(), redactor(who));
    for (const part of [
      /^\*\*Ask BERT diagnostics\*\*, 2026-11-24 12:00:00\n\n```text\nAsk BERT {3}0\.1\.0\n/,
      /glibc +2\.36/,
      /Remote +ssh-remote/,
      /Workspace +1 folders \(file\), trusted/,
      /Settings +askBert\.modelPath: "~\/models\/large" \(user\)/,
      /askBert\.threads: not valid \(string\) \(workspace\)/,
      /Sidecar +ready, running, up 90 s/,
      /165 MB, 12 questions answered/,
      /Engine +cpu, int8, Some Processor, 2 threads, ONNX Runtime 1\.30\.0/,
      /Check +logits within 0\.0123 of 1\.72, 3 windows, 21\.3 ms/,
      /Model +large, ~\/models\/large, 24 layers/,
      /Choice +cpu: no usable TensorRT was found\n +~\/\.local\/lib\/libnvinfer\.so\.10: no driver/,
      /Latency +3 answers, p50 41 ms, p95 80 ms, last 50 ms/,
      /Crashes +2 in this session\n +2026-11-24 11:58:20 signal SIGKILL/,
      /TensorRT +~\/\.local\/lib\/libnvinfer\.so\.10 \(pip\): refused, no driver/,
      /libnvinfer\.so\.11 \(system\), version 11\.1\.0: works on Some Card, driver 580\.1/,
      /Failures +2026-11-24 11:59:55 ModelInvalid\n```\n$/,
    ]) {
      assert.match(text, part);
    }
    assert.doesNotMatch(text, /alice|my secret/);
  });

  it('of a sidecar that does not run, and of one that does not answer', () => {
    const down = { state: 'error', running: false, gaveUp: 'Crashed', crashes: 5, lastCrashes: [] };
    assert.match(
      report(data({ sidecar: down, libraries: [], failures: [] }), redactor(who)),
      /Sidecar +error, not running, stays down after Crashed\n[\s\S]*Choice +not known[\s\S]*TensorRT +none was found\nFailures +none/,
    );
    const hung = report(data({ sidecar: { ...down, running: true }, libraries: 'not known' }), redactor(who));
    assert.match(hung, /running[\s\S]*does not answer[\s\S]*TensorRT +not known/);
  });

  it('is one block whatever a name contains', () => {
    const odd = '```\n# not a heading\n````';
    const text = report(data({ versions: [[odd, odd]], remote: odd }), redactor(who)).replace(odd, '');
    assert.equal(text.match(/```/g)?.length, 2);
  });

  it('reveals no user, home or project, whatever their names and wherever they occur', () => {
    const name = fc
      .stringMatching(/^[A-Za-z0-9ü.$+ _-]{5,12}$/)
      // A secret that is a word of the report could not be told from it.
      .map((each) => `Q${each.trim()}Z`);
    const shapes = fc.constantFrom(
      (n: string) => `/home/${n}`,
      (n: string) => `/Users/${n}`,
      (n: string) => `C:\\Users\\${n}`,
      (n: string) => `/data/people/${n}`,
    );
    const around = fc.constantFrom<(path: string) => string>(
      (path) => path,
      (path) => `${path}/models/x`,
      (path) => `cannot open "${path}": no such file`,
      (path) => `file://${encodeURI(path.replaceAll('\\', '/'))}/a`,
      (path) => path.toUpperCase(),
      (path) => JSON.stringify(path),
      (path) => path.replaceAll('\\', '/'),
    );
    fc.assert(
      fc.property(name, name, shapes, fc.array(around, { minLength: 4, maxLength: 4 }), (user, project, shape, put) => {
        const home = shape(user);
        const folder = `${home}/${project}`;
        const [a, b, c, d] = put;
        const settings = [{ key: 'askBert.modelPath', value: a(folder), where: 'user', valid: true }];
        const { sidecar } = data();
        const info = { ...sidecar.info, choice: [b(home), c(folder)] };
        const libraries = [{ candidate: { path: d(home), source: 'pip' }, refused: a(home) }];
        const full = data({ settings, libraries, sidecar: { ...sidecar, info } });
        const text = report(full, redactor({ home, user, folders: [folder] })).toLowerCase();
        for (const secret of [user, project, encodeURI(user), encodeURI(project)]) {
          assert.ok(!text.includes(secret.toLowerCase()), `${secret} in ${text}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('contains no text from messages, questions, answers or unknown fields', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^q[a-z ]{6,28}q$/), (words) => {
        const secret = `§${words}§`;
        const failures = new FailureLog();
        failures.note('InputUnreadable');
        const { sidecar } = data();
        // What a sidecar might send one day, or a damaged one today.
        const info = { ...sidecar.info, question: secret, lastAnswer: { text: secret }, message: secret };
        const raw = { ...data(), message: secret, question: secret, answers: [{ text: secret }] };
        const settings = [{ key: 'askBert.engine', value: { text: secret }, where: 'workspace', valid: false }];
        const notes = failures.notes.map((note) => ({ ...note, message: secret }));
        const full = { ...raw, settings, failures: notes, sidecar: { ...sidecar, info, message: secret } };
        assert.ok(!report(full, redactor(who)).includes(words));
      }),
    );
  });
});

describe('redaction', () => {
  it('distinguishes its own folders from others with the same beginning', () => {
    const clean = redactor(who);
    assert.equal(clean('/home/alice/x'), '~/x');
    assert.equal(clean('/home/alice'), '~');
    assert.equal(clean('/home/alice-b/x /home/bob/y'), '/home/<user>/x /home/<user>/y');
    assert.equal(clean('/home/alice/work/secret-project/m'), '<workspace>/m');
    assert.equal(clean('/srv/alice/models'), '/srv/<user>/models');
    assert.equal(clean('the model malice-2 is fine'), 'the model malice-2 is fine');
    assert.equal(clean('"/srv/alice": denied'), '"/srv/<user>": denied');
    assert.equal(clean('file:///c%3A/Users/bob/x'), 'file:///c%3A/Users/<user>/x');
    assert.equal(redactor({ ...who, home: '/home/\ud800' })('/home/bob'), '/home/<user>');
    assert.equal(clean('D:\\Users\\bob\\x'), 'D:\\Users\\<user>\\x');
  });

  it('leaves texts unchanged without a home or a name', () => {
    const clean = redactor({ home: '/', user: '', folders: [''] });
    assert.equal(clean('/usr/lib/libnvinfer.so.10'), '/usr/lib/libnvinfer.so.10');
  });
});

describe('failures and latencies', () => {
  it('the last failures, newest first', () => {
    let now = 0;
    const log = new FailureLog(2, () => ++now);
    for (const code of ['A', 'B', 'C']) log.note(code);
    assert.deepEqual(log.notes, [
      { code: 'C', time: 3 },
      { code: 'B', time: 2 },
    ]);
  });

  it('percentiles are measured times (nearest rank)', () => {
    const times = new Latencies(100);
    assert.equal(times.percentile(50), undefined);
    for (let ms = 1; ms <= 100; ms++) times.add(ms);
    assert.deepEqual([times.percentile(50), times.percentile(95), times.last, times.count], [50, 95, 100, 100]);
    for (let i = 0; i < 100; i++) times.add(7);
    assert.deepEqual([times.percentile(50), times.percentile(95), times.count], [7, 7, 100]);
  });
});

/** The scenarios of `ask-bert bench`: what they ask, when, and that their figures belong together. No test goes by speed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { AskBertError } from '../../server/errors.js';
import { scenarioOrder } from '../../server/evaluation/bench-scenario.js';
import {
  arrivalsOf,
  latencyOf,
  longestFirst,
  runScenario,
  type ScenarioFigures,
  type ScenarioOptions,
} from '../../server/evaluation/scenarios.js';
import { tinyModel } from './sidecar-process.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-scenario-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const questions = Array.from({ length: 40 }, (_, i) => ({
  text: 'the king built a city '.repeat(1 + ((i >> 2) % 5)) + 'xyz'[(i >> 2) % 3],
  question: `question ${'?'.repeat(i % 4)}`,
}));

/** Counts as an engine would, one launch for each question of two windows. */
async function measured(options: Partial<ScenarioOptions>) {
  const asked: (typeof questions)[number][] = [];
  const work = { busyMs: 0, launches: 3, windows: 5, pieces: 70 };
  let atOnce = 0;
  let most = 0;
  let first = 0;
  let last = 0;
  const ask = async (question: (typeof questions)[number]) => {
    if (asked.push(question) === 1) first = performance.now();
    most = Math.max(most, ++atOnce);
    await turn();
    atOnce--;
    last = performance.now();
    work.launches++;
    work.windows += 2;
    work.pieces += 100;
    return { windows: 2 };
  };
  const figures = await runScenario(questions, ask, {
    scenario: 'offline',
    rate: 0,
    seed: 1,
    concurrency: () => 4,
    work: () => ({ ...work }),
    ...options,
  });
  return { figures, asked, most, tookMs: last - first };
}

function assertConsistent(figures: ScenarioFigures, count: number): void {
  const { seconds, latencyMs: latency, busyShare = 0 } = figures;
  const near = (a: number, b: number) => assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(a, b), `${a} is not ${b}`);
  assert.equal(figures.questions, count);
  assert.ok(figures.windows >= count && seconds > 0);
  near(figures.questionsPerSecond * seconds, count);
  near(figures.windowsPerSecond * seconds, figures.windows);
  near(figures.tokensPerSecond! * seconds, figures.tokens!);
  near(figures.windowsPerLaunch! * figures.launches!, figures.windows);
  assert.ok(busyShare >= 0 && busyShare <= 1 + 1e-9, `${busyShare}`);
  const ordered = [0, latency.min, latency.p50, latency.p90, latency.p99, latency.max];
  assert.deepEqual(
    ordered,
    [...ordered].sort((a, b) => a - b),
  );
  assert.ok(latency.mean >= latency.min && latency.mean <= latency.max && latency.max <= 1000 * seconds);
}

describe('scenarios of bench', () => {
  it('offline: every question once, the longest texts first, those about one text together, as many at once as allowed', async () => {
    const { figures, asked, most } = await measured({});
    assertConsistent(figures, 40);
    assert.deepEqual(
      { tokens: figures.tokens, launches: figures.launches, windows: figures.windows },
      { tokens: 4000, launches: 40, windows: 80 },
    );
    assert.deepEqual(asked, longestFirst(questions));
    assert.deepEqual(new Set(asked), new Set(questions));
    const lengths = asked.map(({ text }) => text.length);
    assert.deepEqual(
      lengths,
      lengths.toSorted((a, b) => b - a),
    );
    const changes = asked.filter(({ text }, i) => i === 0 || asked[i - 1].text !== text).length;
    assert.equal(changes, new Set(questions.map(({ text }) => text)).size);
    assert.equal(most, 4);
  });

  it('single-stream: one after the other, in the order of the file', async () => {
    const { figures, asked, most } = await measured({ scenario: 'single-stream' });
    assertConsistent(figures, 40);
    assert.deepEqual([asked, most], [questions, 1]);
    // One at a time: the latencies together do not exceed the time.
    assert.ok(figures.latencyMs.mean * 40 <= 1000 * figures.seconds);
  });

  it('server: in the order of arrival, none before its time, waiting counts', async () => {
    const { figures, asked } = await measured({ scenario: 'server', rate: 4000, seed: 7 });
    assertConsistent(figures, 40);
    assert.deepEqual(asked, questions);
    const last = arrivalsOf(40, 4000, 7)[39];
    assert.ok(1000 * figures.seconds >= last, `${figures.seconds} s, the last came after ${last} ms`);
    const late = await measured({ scenario: 'server', rate: 1e6, seed: 7, concurrency: () => 1 });
    // All arrive at the start, and the last one waits for all the others.
    const waited = late.tookMs - arrivalsOf(40, 1e6, 7)[39];
    assert.ok(late.figures.latencyMs.max >= waited, `${late.figures.latencyMs.max} ms of ${waited} ms`);
  });

  it('arrivals are those of a Poisson process, the same for the same seed', () => {
    const arrivals = arrivalsOf(20_000, 50, 3);
    assert.deepEqual(arrivals, arrivalsOf(20_000, 50, 3));
    assert.notDeepEqual(arrivals, arrivalsOf(20_000, 50, 4));
    const gaps = [...arrivals].map((at, i) => at - (arrivals[i - 1] ?? 0));
    assert.ok(gaps.every((gap) => gap >= 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    assert.ok(Math.abs(mean - 20) < 0.5, `mean gap ${mean} ms`);
    // Exponential gaps deviate by their mean, and 1 - 1/e of them are shorter than that.
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    assert.ok(Math.abs(deviation - mean) < 1, `deviation ${deviation} ms`);
    const shorter = gaps.filter((gap) => gap < mean).length / gaps.length;
    assert.ok(Math.abs(shorter - 0.632) < 0.01, `${shorter}`);
  });

  it('percentiles of many times, in any order', () => {
    const times = Array.from({ length: 200 }, (_, i) => 200 - i);
    assert.deepEqual(latencyOf(times), { mean: 100.5, min: 1, p50: 100, p90: 180, p99: 198, max: 200 });
    assert.deepEqual(latencyOf([3]), { mean: 3, min: 3, p50: 3, p90: 3, p99: 3, max: 3 });
  });

  it('an engine that does not count leaves out what is not known; failures and cancels end the run', async () => {
    const { figures } = await measured({ work: () => undefined });
    assert.deepEqual([figures.windows, figures.tokens, figures.busyShare], [80, undefined, undefined]);
    const options = { scenario: 'offline', rate: 0, seed: 1, concurrency: () => 2, work: () => undefined } as const;
    const fails = async () => {
      throw new AskBertError('EngineRun', 'gone');
    };
    await assert.rejects(runScenario(questions, fails, options), { code: 'EngineRun' });
    const ok = async () => ({ windows: 1 });
    await assert.rejects(runScenario(questions, ok, { ...options, signal: AbortSignal.abort() }), {
      code: 'Cancelled',
    });
  });

  it('wrong flags are named', () => {
    const wrong: [Parameters<typeof scenarioOrder>[0], RegExp][] = [
      [{ scenario: 'multi-stream' }, /--scenario: found multi-stream, expected one of offline/],
      [{ scenario: 'server' }, /needs --rate/],
      [{ scenario: 'server', rate: 0 }, /--rate: found 0, expected a number above 0/],
      [{ scenario: 'server', rate: Number.NaN }, /--rate: found NaN/],
      [{ scenario: 'server', rate: 5, seed: 1.5 }, /--seed/],
      [{ scenario: 'offline', rate: 5 }, /only used with --scenario server/],
      [{ scenario: 'offline', questions: 0 }, /--questions/],
    ];
    for (const [flags, message] of wrong) assert.throws(() => scenarioOrder(flags), { code: 'BadRequest', message });
  });

  it('on the CPU: speed and F1 of one run, the F1 of `squad`', () => {
    const context = 'the king built a city in the north . the queen was old and lived in the south .';
    const qas = ['who built the city ?', 'who was old ?', 'where did the queen live ?'].map((question, i) => ({
      id: `q${i}`,
      question,
      answers: [{ text: ['the king', 'the queen', 'in the south'][i], answer_start: 0 }],
    }));
    const data = path.join(folder, 'small.json');
    writeFileSync(data, JSON.stringify({ version: '1.1', data: [{ paragraphs: [{ context, qas }] }] }));
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [path.resolve('dist/cli.js'), ...args], { encoding: 'utf8' });
    const flags = ['--engine', 'cpu', '--threads', '1', '--precision', 'fp32'];
    const squad = JSON.parse(run('squad', data, '--model', tinyModel, ...flags, '--json').stdout);
    const out = path.join(folder, 'report.json');
    const server = ['--rate', '500', '--seed', '3'];
    for (const [scenario, more] of [
      ['offline', []],
      ['single-stream', []],
      ['server', server],
    ] as const) {
      const asked = ['bench', tinyModel, ...flags, '--scenario', scenario, '--data', data, ...more];
      const { status, stdout, stderr } = run(...asked, '--out', out);
      assert.deepEqual([status, stderr], [0, '']);
      const report = JSON.parse(readFileSync(out, 'utf8'));
      assertConsistent(report, 3);
      assert.deepEqual([report.scenario, report.engine.name, report.engine.precision], [scenario, 'cpu', 'fp32']);
      assert.deepEqual([report.rate, report.seed], scenario === 'server' ? [500, 3] : [undefined, undefined]);
      assert.deepEqual(report.metrics, squad.metrics);
      assert.ok(report.busyShare > 0 && report.windowsPerLaunch === 1);
      assert.match(stdout, /^tiny-f32, fp32, cpu \(ONNX Runtime .*\) on /);
      assert.match(
        stdout,
        new RegExp(`\n${scenario}.*\n[^]*windows/s +[\\d.]+\n[^]*p99, ms +[\\d.]+\n[^]*f1 +[\\d.]+`),
      );
    }
    const plain = run('bench', tinyModel, ...flags, '--scenario', 'offline', '--questions', '4', '--json');
    const { questions: four, metrics } = JSON.parse(plain.stdout);
    assert.deepEqual([four, metrics], [4, undefined]);
    assert.equal(run('bench', tinyModel, ...flags, '--data', data).status, 2);
  });
});

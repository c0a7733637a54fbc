/** What `ask-bert bench` measures, with engines that are not there, and one run on the CPU. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { Engine, WindowBatch } from '../../server/engine/engine.js';
import type { Bucket } from '../../server/engine/tensorrt/native.js';
import { AskBertError } from '../../server/errors.js';
import { numbers, timeBatches, timeGraphs, timeQuestions } from '../../server/evaluation/bench.js';
import { rowOf, table } from '../../server/evaluation/bench-table.js';
import { engine as info, resultFor } from './fake-worker.js';
import { tinyModel } from './sidecar-process.js';

const shapes = [
  { batch: 1, length: 128 },
  { batch: 8, length: 128 },
  { batch: 128, length: 384 },
];

describe('bench', () => {
  it('figures of many runs, in any order', () => {
    const times = Float32Array.from({ length: 100 }, (_, i) => 100 - i);
    const { average, p50, p95, p99, runs } = rowOf('gpu', times, shapes[0]);
    assert.deepEqual([average, p50, p95, p99, runs], [50.5, 51, 96, 100, 100]);
  });

  it('GPU time measured like the reference: a graph, 100 warm-up runs, 1,000 that count', async () => {
    const calls: unknown[][] = [];
    const engine = {
      buckets: [shapes[0], shapes[2]],
      measure: async (bucket: Bucket, graph: boolean, warmUps: number, runs: number) => {
        calls.push([bucket.batch, graph, warmUps, runs]);
        if (bucket.batch === 128) throw new AskBertError('OutOfMemory', 'no memory');
        return new Float32Array(runs).fill(0.5);
      },
    };
    const rows = await timeGraphs(engine, shapes);
    assert.deepEqual(calls, [
      [1, true, 100, 1000],
      [128, true, 100, 1000],
    ]);
    assert.deepEqual(
      rows.map(({ runs, average }) => [runs, average]),
      [
        [1000, 0.5],
        [0, undefined],
        [0, undefined],
      ],
    );
    const broken = { ...engine, measure: () => Promise.reject(new AskBertError('EngineRun', 'gone')) };
    await assert.rejects(timeGraphs(broken, shapes), { code: 'EngineRun' });
    await assert.rejects(timeGraphs(engine, shapes, AbortSignal.abort()), { code: 'Cancelled' });
  });

  it('an engine that takes few pieces at once gets a batch in parts', async () => {
    const ran: WindowBatch[] = [];
    const engine: Engine = {
      info,
      batchPieces: 400,
      run: async (batch) => {
        ran.push(batch);
        return { start: new Float32Array(0), end: new Float32Array(0) };
      },
      close: async () => {},
    };
    const [row] = await timeBatches(engine, { pair: { separators: 1, contextSegment: 1 }, vocabularySize: 100 }, [
      { batch: 8, length: 128 },
    ]);
    assert.deepEqual(
      ran.slice(0, 3).map(({ count }) => count),
      [3, 3, 2],
    );
    assert.equal(row.runs, 50);
    assert.equal(ran.length, 51 * 3);
    for (const { inputIds } of ran.slice(0, 3)) assert.ok(inputIds.every((id) => id >= 0 && id < 100));
  });

  it('questions are timed after warm-up', async () => {
    let asked = 0;
    const session = {
      answer: async ({ question }: { question: string }) => {
        asked++;
        return resultFor(question);
      },
    };
    const row = await timeQuestions(session, 7);
    assert.deepEqual([row.what, row.runs, asked], ['question', 7, 12]);
    assert.ok(row.words! > 350 && row.words! < 450, `${row.words} words`);
  });

  it('the table has a line for each, and a dash if nothing ran', () => {
    const lines = table([
      rowOf('question', [10, 20], { words: 400 }),
      rowOf('gpu', new Float32Array(1000).fill(0.5), shapes[1]),
      rowOf('gpu', [], shapes[2]),
    ]).split('\n');
    assert.match(lines[0], /length +batch +runs +average ms +p50 +p95 +p99 +windows\/s$/);
    assert.match(lines[1], /^question to answer +400 words +- +2 +15\.0 +20\.0 +20\.0 +20\.0 +-$/);
    assert.match(lines[2], /^GPU, graph +128 +8 +1000 +0\.500 +0\.500 +0\.500 +0\.500 +16000$/);
    assert.match(lines[3], /^GPU, graph +384 +128 +0 +- +- +- +- +-$/);
  });

  it('invalid lists of numbers are refused', () => {
    assert.deepEqual(numbers('384, 128,128', '--lengths', 512), [128, 384]);
    for (const wrong of ['', '1,,2', '1.5', 'all', '513', '0', '1e2']) {
      assert.throws(
        () => numbers(wrong, '--lengths', 512),
        { code: 'BadRequest', message: /^--lengths: found/ },
        wrong,
      );
    }
  });

  it('on the CPU', () => {
    const flags = [
      tinyModel,
      '--engine',
      'cpu',
      '--threads',
      '1',
      '--batches',
      '1,3',
      '--lengths',
      '64',
      '--questions',
      '3',
    ];
    const run = (...more: string[]) =>
      spawnSync(process.execPath, [path.resolve('dist/cli.js'), 'bench', ...flags, ...more], { encoding: 'utf8' });
    const { status, stdout, stderr } = run('--json');
    assert.deepEqual([status, stderr], [0, '']);
    const { engine, choice, rows } = JSON.parse(stdout);
    assert.equal(engine.name, 'cpu');
    assert.equal(choice[0], 'cpu: chosen in the settings');
    assert.deepEqual(
      rows.map(({ what, batch, length }: Record<string, unknown>) => [what, batch, length]),
      [
        ['question', undefined, undefined],
        ['engine', 1, 64],
        ['engine', 3, 64],
      ],
    );
    for (const { runs, p50, p95 } of rows) assert.ok(runs >= 2 && p50 > 0 && p95 >= p50);
    assert.match(run().stdout, /^tiny-f32, fp32, cpu \(ONNX Runtime .*\) on /);
    assert.equal(run('--lengths', '65').status, 2);
  });
});

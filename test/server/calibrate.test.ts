/** `ask-bert calibrate` as a shell meets it: what it writes, what it refuses, and that a cancel leaves the model as it was. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { readModelConfig } from '../../server/model/config.js';
import { rangesName, readRanges } from '../../server/model/ranges/ranges-file.js';
import { copyOfModel } from '../unit/model/model-fixtures.js';
import { CommandLines } from './command-lines.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-calibrate-'));
const lines = new CommandLines();
after(() => {
  lines.close();
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content: string): string {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return where;
}

const squad = (questions: number) => ({
  data: [
    {
      paragraphs: Array.from({ length: questions }, (_, i) => ({
        context: `the king built a city in the year ${i} .`,
        qas: [{ id: `${i}`, question: 'who built it ?', answers: [{ text: 'the king', answer_start: 0 }] }],
      })),
    },
  ],
});

const calibrate = (model: string, ...args: string[]) => lines.run(['calibrate', model, '--threads', '1', ...args]);
const rangesOf = (model: string) => readRanges(readModelConfig(model), folder);

describe('calibrate', () => {
  it('measures ranges with the questions of a file and keeps them beside the weights', async () => {
    const model = copyOfModel('tiny-f32');
    const data = file('squad.json', JSON.stringify(squad(40)));
    const { code, out, err } = await calibrate(model, '--data', data, '--windows', '16', '--json');
    assert.deepEqual([code, err], [0, '']);
    const report = JSON.parse(out);
    const ranges = await rangesOf(model);
    assert.deepEqual([report.windows, report.file], [16, path.join(model, rangesName)]);
    assert.deepEqual([ranges?.windows, ranges?.method, ranges?.layers.length], [16, report.method, 2]);
    for (const method of ['max', 'percentile']) {
      assert.ok(report.errors[method].int8 > 0 && report.errors[method].fp8 > 0, out);
    }
  });

  it('reads a text, or the texts that ship, and says so in words', async () => {
    const model = copyOfModel('tiny-int8');
    const text = file('text.txt', 'the king built a great city in the year 3 .\n'.repeat(20));
    const own = await calibrate(model, '--data', text, '--windows', '8');
    assert.equal(own.code, 0, own.err);
    assert.match(
      own.out,
      /^File {4}.*ask-bert-ranges\.json\nRanges {2}the .*, 8 windows\nError {3}the largest value: int8 /,
    );
    const shipped = await calibrate(model, '--windows', '8', '--json');
    assert.equal(shipped.code, 0, shipped.err);
    assert.equal((await rangesOf(model))?.windows, 8);
  });

  it('replaces the ranges of before as a whole, whatever they were', async () => {
    const model = copyOfModel('tiny-f32');
    writeFileSync(path.join(model, rangesName), '{"half');
    const names = readdirSync(model);
    assert.equal((await calibrate(model, '--windows', '8')).code, 0);
    assert.equal((await rangesOf(model))?.windows, 8);
    assert.deepEqual(readdirSync(model), names);
  });

  it('refuses what it cannot use, and writes nothing', async () => {
    const model = copyOfModel('tiny-f32');
    const before = readdirSync(model);
    const nowhere = path.join(folder, 'nowhere');
    const cases: [args: string[], code: number, message: RegExp][] = [
      [[model, '--windows', '7'], 2, /--windows: found 7, expected an integer from 8 to 100000/],
      [[model, '--windows', 'many'], 2, /--windows: found NaN/],
      [[model, '--threads', '-1'], 2, /--threads: found -1/],
      [[model, '--data', nowhere], 1, /nowhere/],
      [
        [model, '--data', file('few.json', JSON.stringify(squad(3)))],
        1,
        /few\.json gives 3 windows, expected at least 8/,
      ],
      [[model, '--data', file('none.txt', '\n--\n')], 1, /none\.txt gives 0 windows, expected at least 8/],
      [
        [model, '--data', file('other.json', '{"questions": []}')],
        1,
        /other\.json is not a SQuAD file: data is not a list/,
      ],
      [[model, '--data', file('cut.json', '{"data": [')], 1, /cut\.json is not JSON/],
      [[nowhere], 1, /nowhere/],
      [
        [path.resolve('test/fixtures/families/electra')],
        2,
        /TensorRT cannot run this model: .* Only engines of TensorRT/,
      ],
      [[], 2, /model|arguments/],
    ];
    for (const [args, expected, message] of cases) {
      const { code, out, err } = await lines.run(['calibrate', ...args]);
      assert.deepEqual([code, out], [expected, ''], `${args.join(' ')}: ${err}`);
      assert.match(err, message);
    }
    assert.deepEqual(readdirSync(model), before);
  });

  it('a model in another language is calibrated with English texts only with a warning', async () => {
    const model = copyOfModel('tiny-f32', { config: { ask_bert: { languages: ['fi'] } } });
    const { code, err } = await calibrate(model, '--windows', '8');
    assert.equal(code, 0);
    assert.match(err, /texts are English and the model is not: name a text in its language with --data/);
  });

  it('Ctrl-C ends it and leaves the ranges of before', { skip: process.platform === 'win32' }, async () => {
    const model = copyOfModel('tiny-f32');
    writeFileSync(path.join(model, rangesName), 'of before');
    const names = readdirSync(model);
    const pipe = path.join(folder, 'pipe');
    assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
    const args = ['calibrate', model, '--data', pipe, '--windows', '100000'];
    const child = spawn(process.execPath, [path.resolve('dist/cli.js'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      err += piece;
    });
    // A pipe can be opened for writing when its reader is there: it has begun.
    const writer = await open(pipe, 'w');
    await writer.writeFile('the king built a city .\n'.repeat(10_000));
    child.kill('SIGINT');
    await writer.close();
    const [code] = await once(child, 'close');
    assert.deepEqual([code, err], [1, 'ask-bert: The calibration was cancelled.\n']);
    assert.equal(readFileSync(path.join(model, rangesName), 'utf8'), 'of before');
    assert.deepEqual(readdirSync(model), names);
  });
});

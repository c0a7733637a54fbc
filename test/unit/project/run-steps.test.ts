/** How `npm test` runs its steps: what waits for what, what runs side by side, and what counts as a failure. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

interface Step {
  name: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  tests?: boolean;
  window?: boolean;
  needed?: boolean;
  after?: string[];
}
interface Result {
  name: string;
  passed: number;
  failed: number;
  note: string;
  cpu: number;
}
type Room = { processor: number; window: number; all: number };

let shown = '';
let runSteps: (steps: Step[], room: Room) => Promise<Result[]>;
let slots: (cores?: number) => Room;
const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-steps-'));
after(() => rmSync(folder, { recursive: true, force: true }));
before(async () => {
  // Not bundled: it finds the repository by its own place.
  const module = await import(path.resolve('scripts/run-steps.mjs'));
  slots = module.slots;
  // What they print has counts of tests in it, which are not those of this file.
  const write = (text: string) => {
    shown += text;
  };
  runSteps = (steps, room) => module.runSteps(steps, room, { stdout: { write }, stderr: { write } });
});

const one: Room = { processor: 1, window: 1, all: 1 };
const log = path.join(folder, 'log');
const events = () => readFileSync(log, 'utf8').trim().split('\n');

/** A step that notes its beginning and its end, and prints some text. */
function step(name: string, more: Partial<Step> & { says?: string; code?: number; until?: string } = {}): Step {
  const { says = '', code = 0, until, ...rest } = more;
  const script = `
    const fs = require('node:fs');
    fs.appendFileSync(${JSON.stringify(log)}, ${JSON.stringify(`${name} begins\n`)});
    const end = () => {
      fs.appendFileSync(${JSON.stringify(log)}, ${JSON.stringify(`${name} ends\n`)});
      console.log(${JSON.stringify(says)});
      process.exitCode = ${code};
    };
    const wait = () => (fs.readFileSync(${JSON.stringify(log)}, 'utf8').includes(${JSON.stringify(until ?? '')}) ? end() : setTimeout(wait, 5));
    wait();`;
  return { name, args: ['-e', script], env: process.env, ...rest };
}
const counts = (results: Result[]) => results.map(({ name, passed, failed }) => `${name} ${passed} ${failed}`);

describe('the steps of a test run', () => {
  before(() => writeFileSync(log, ''));
  it('run one after the other on one core, in the order of the list', async () => {
    writeFileSync(log, '');
    await runSteps([step('a'), step('b', { window: true }), step('c')], one);
    assert.deepEqual(events(), ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    assert.deepEqual(slots(1), one);
  });

  it('run in parallel if there is capacity, each after those that it needs', async () => {
    writeFileSync(log, '');
    // Each waits for the other: neither would end without it. `late` needs both.
    const steps = [
      step('late', { after: ['a', 'b'] }),
      step('a', { until: 'b begins' }),
      step('b', { until: 'a begins', window: true }),
    ];
    const results = await runSteps(steps, slots(2));
    assert.deepEqual(
      results.map(({ name, failed }) => `${name} ${failed}`),
      ['late 0', 'a 0', 'b 0'],
    );
    assert.deepEqual(events().slice(-2), ['late begins', 'late ends']);
  });

  it('are never more than the capacity', async () => {
    writeFileSync(log, '');
    await runSteps(
      ['a', 'b', 'c', 'd', 'e'].map((name) => step(name)),
      { processor: 2, window: 2, all: 4 },
    );
    let running = 0;
    let most = 0;
    for (const event of events()) {
      running += event.endsWith('begins') ? 1 : -1;
      most = Math.max(most, running);
    }
    assert.ok(most <= 2, `${most}`);
  });

  it('print their output in one piece each, whatever runs in parallel', async () => {
    writeFileSync(log, '');
    shown = '';
    const steps = [
      step('a', { until: 'b ends', says: 'said by a' }),
      step('b', { says: 'said by b' }),
      step('c', { window: true, says: 'said by c' }),
    ];
    await runSteps(steps, slots(2));
    assert.equal(shown, '\n== a\nsaid by a\n\n== b\nsaid by b\n\n== c\nsaid by c\n');
  });

  it('are not run and count as failed after a step that they need has failed, and are run after any other', async () => {
    writeFileSync(log, '');
    const results = await runSteps(
      [
        step('build', { code: 1, needed: true }),
        step('tests', { tests: true, after: ['build'] }),
        step('lint', { code: 1 }),
        step('more', { after: ['lint'] }),
      ],
      one,
    );
    assert.deepEqual(
      results.map(({ name, failed, note }) => [name, failed, note]),
      [
        ['build', 1, 'exit code 1'],
        ['tests', 1, 'not run: build failed'],
        ['lint', 1, 'exit code 1'],
        ['more', 0, ''],
      ],
    );
    assert.ok(!events().includes('tests begins'));
  });

  it('count the tests of every runner; no tests and skipped tests are failures', async () => {
    const node = (pass: number, fail: number, skipped: number) =>
      `ℹ tests 9\nℹ pass ${pass}\nℹ fail ${fail}\nℹ cancelled 0\nℹ skipped ${skipped}\nℹ todo 0`;
    const tests = true;
    const results = await runSteps(
      [
        step('node', { tests, says: node(7, 0, 0) }),
        step('skipping', { tests, says: node(7, 0, 1) }),
        step('failing', { tests, says: node(7, 2, 0), code: 1 }),
        step('line', { tests, says: 'e2e: 3 passed, 0 failed in 5 s' }),
        step('other line', { tests, says: `a test said: 3 passed, 1 failed\n${node(8, 0, 0)}` }),
        step('nothing', { tests, says: 'all is well' }),
        step('code', { tests, says: node(7, 0, 0), code: 3 }),
      ],
      one,
    );
    assert.deepEqual(counts(results), [
      'node 7 0',
      'skipping 7 1',
      'failing 7 2',
      'line 3 0',
      'other line 8 0',
      'nothing 0 1',
      'code 7 1',
    ]);
  });

  // Elsewhere the time is not known.
  if (process.platform === 'linux') {
    it('count the processor time of what nobody waited for', async () => {
      const burner =
        "while (process.cpuUsage().user < 1e6); process.stdout.write('done'); setInterval(() => {}, 1000);";
      const script = `
        const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(burner)}]);
        child.stdout.once('data', () => process.exit(0));`;
      const [{ cpu }] = await runSteps([{ name: 'a', args: ['-e', script], env: process.env }], one);
      assert.ok(cpu >= 1, `${cpu} s`);
    });
  }
});

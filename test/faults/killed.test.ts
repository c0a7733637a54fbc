/** The sidecar, or its worker thread, ends at every stage of a question. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { AskResult } from '../../server/protocol.js';
import { until } from '../server/fake-worker.js';
import { runs } from '../server/sidecar-process.js';
import { rounds } from '../unit/helpers/long.js';
import { Client, QUESTION, sleep, TEXT } from './client.js';
import { Random } from './random.js';

/** Each stage equally often. */
const ROUNDS = rounds(9, 50);
const STAGES = ['start', 'load', 'tokenize', 'engine', 'project', 'between'] as const;

const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-killed-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test(`${ROUNDS} kills at seeded moments: the right answer or one message, no orphan, no lost history`, async () => {
  const random = new Random('killed');
  const order = path.join(folder, 'strike.json');
  process.env.NODE_OPTIONS = `--require ${path.resolve('test/faults/preload/strike.cjs')}`;
  process.env.ASKBERT_STRIKE = order;
  const client = new Client();
  const questions = Array.from({ length: ROUNDS }, (_, i) => `${QUESTION} ${i}`);
  const undisturbed = new Client();
  const expected: Found[][] = [];
  for (const question of questions) expected.push(found((await undisturbed.ask({ question })).result!));
  await undisturbed.end();
  assert.ok(expected.every(([best]) => TEXT.slice(best.start, best.end) === best.text));
  const asked: string[] = [];
  const counts: Record<string, number> = { answered: 0, told: 0 };
  const perStage: Record<string, number> = {};

  for (let round = 0; round < ROUNDS; round++) {
    const stage = STAGES[round % STAGES.length];
    const inside =
      stage === 'start' || stage === 'between' ? undefined : random.pick(['kill', 'exit', 'throw', 'outside']);
    const what = `round ${round}: ${stage}, ${inside ?? 'killed'}`;
    perStage[stage] = (perStage[stage] ?? 0) + 1;
    const question = questions[round];
    // A stage of loading is passed only by a sidecar that has not loaded.
    if (stage === 'start' || stage === 'load') await client.sidecar.stop();
    if (inside && inside !== 'outside') writeFileSync(order, JSON.stringify({ stage, how: inside }));
    if (stage === 'between') {
      kill(client.pid);
      await sleep(random.int(0, 60));
    }
    const seen = client.pids.length;
    let strike: NodeJS.Timeout | undefined;
    let struck = false;
    const deaths = deathsOf(client);
    const asking = client.ask({ question }, (progress) => {
      if (inside !== 'outside' || strike || (stage !== 'project' && progress.stage !== stage)) return;
      strike = setTimeout(
        () => {
          struck = true;
          kill(client.pid);
        },
        random.int(0, 8),
      );
    });
    if (stage === 'start') {
      // Killed as soon as there is a process, before it said that it is there.
      const child = await childOf(client);
      await sleep(random.int(0, 80));
      if (client.pids.length === seen) kill(child);
      else kill(client.pid);
    }
    const { result, code, messages } = await asking;
    // What came too late for this question would be a second death for the next one.
    clearTimeout(strike);
    if (struck) await until(() => deathsOf(client) > deaths, `${what}: the death is noticed`);
    rmSync(order, { force: true });
    if (result) {
      counts.answered++;
      assert.deepEqual(found(result), expected[round], what);
      assert.deepEqual(messages, [], what);
      asked.unshift(question);
    } else {
      counts.told++;
      assert.ok(['Crashed', 'StartFailed', 'EngineRun', 'Internal'].includes(code!), `${what}: ${code}`);
      assert.equal(messages.length, 1, `${what}: ${messages.join(' | ')}`);
      assert.match(messages[0], /^Ask BERT: .{20,}/, what);
      // A process that is killed once is asked again: only one that dies too often, or while starting, is told of.
      if (inside === 'kill' || inside === 'outside' || stage === 'between')
        assert.match(messages[0], /crashed \d+ times/, what);
      if (code === 'Crashed') await client.sidecar.restart();
      const next = await client.ask({ question });
      assert.ok(next.result, `${what}, the next question: ${next.messages.join()}`);
      asked.unshift(question);
    }
    assert.deepEqual(client.history.slice(0, 3), asked.slice(0, 3), what);
  }
  assert.deepEqual(client.history, asked.slice(0, 100));
  await client.end();
  delete process.env.NODE_OPTIONS;
  delete process.env.ASKBERT_STRIKE;
  const orphans = client.pids.filter(runs);
  assert.deepEqual(orphans, []);
  // A thread that dies fails its question, and after five deaths within minutes it is told: never all of them.
  assert.ok(counts.answered >= ROUNDS / 4, JSON.stringify(counts));
  console.log(
    `# killed: ${JSON.stringify(perStage)}; ${counts.answered} answered, ${counts.told} told; ${client.pids.length} processes, no orphan`,
  );
});

const deathsOf = ({ log }: Client): number => log.filter((line) => /The sidecar ended unexpectedly/.test(line)).length;

type Found = { text: string; start: number; end: number };
const found = ({ answers }: AskResult): Found[] => answers.map(({ text, start, end }) => ({ text, start, end }));

function kill(pid: number | undefined): void {
  try {
    if (pid) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/** The process that starts, before it is known to have. */
async function childOf(client: Client): Promise<number | undefined> {
  const { sidecar } = client as unknown as { sidecar: { life?: { pid?: number } } };
  for (let i = 0; i < 200; i++) {
    const pid = sidecar.life?.pid;
    if (pid && pid !== client.pid) return pid;
    await sleep(2);
  }
  return undefined;
}

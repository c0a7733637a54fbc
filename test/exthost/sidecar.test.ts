import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ask, closeAll, highlighted, Messages, settled, show, until, useFake } from './helpers.js';

const TEXT = 'One fox here, another fox there.';
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('the sidecar', () => {
  let messages: Messages;
  beforeEach(() => {
    messages = new Messages();
  });
  afterEach(async () => {
    messages.restore();
    await closeAll();
  });

  it('that dies while answering is restarted and asked once more', async () => {
    const mark = path.join(os.tmpdir(), `ask-bert-mark-${process.pid}`);
    rmSync(mark, { force: true });
    process.env.ASK_BERT_FAKE_MARK = mark;
    await useFake();
    const { document } = await show(TEXT);
    assert.equal((await ask('crash-once fox')).status, 'answered');
    assert.deepEqual(await highlighted(document), ['fox', 'fox']);
    assert.deepEqual(messages.seen, []);
    rmSync(mark);
  });

  it('is not asked a third time; the message has the exit code and a remedy', async () => {
    await useFake();
    await show(TEXT);
    const outcome = await ask('crash');
    assert.equal(outcome.error?.code, 'Crashed');
    const { kind, text, actions } = messages.only();
    assert.equal(kind, 'error');
    assert.match(text, /exit code 7/);
    assert.deepEqual(actions, ['Restart Server', 'Show Log']);
    assert.equal((await ask('find fox')).status, 'answered');
  });

  it('stays down after five crashes, until the user restarts it', async () => {
    await useFake();
    await show(TEXT);
    await ask('crash');
    await ask('crash');
    const last = await ask('crash');
    assert.match(last.error?.message ?? '', /crashed 5 times within minutes/);
    assert.equal((await ask('find fox')).error?.code, 'Crashed');
    messages.choose = 'Restart Server';
    await ask('find fox');
    await until('it is back', async () => (await ask('find fox')).status === 'answered');
  });

  it('that does not start: one message, and Restart Server works afterwards', async () => {
    await useFake('no-start');
    const { text, actions } = messages.only();
    assert.match(text, /did not start \(exit code 3\)/);
    assert.deepEqual(actions, ['Restart Server', 'Show Log']);
    await show(TEXT);
    assert.equal((await ask('find fox')).error?.code, 'StartFailed');
    await useFake();
    assert.equal((await ask('find fox')).status, 'answered');
  });

  it('that does not respond while starting can be cancelled by a newer question and restarted', async () => {
    const restarting = useFake('mute');
    await new Promise((resolve) => setTimeout(resolve, 500));
    await show(TEXT);
    const waiting = ask('find fox');
    await settled();
    await useFake();
    await restarting;
    assert.equal((await waiting).status, 'cancelled');
    assert.equal((await ask('find fox')).status, 'answered');
  });

  it('that hangs: a newer question is answered after a restart, the older one ends silently', async () => {
    await useFake();
    await show(TEXT);
    const hanging = ask('hang');
    await settled();
    const next = ask('find fox');
    assert.equal((await hanging).status, 'cancelled');
    assert.equal((await next).status, 'answered');
    assert.deepEqual(messages.seen, []);
  });

  it('that does not exit when asked to is killed', async () => {
    await useFake('stay');
    await show(TEXT);
    const pid = await pidOfSidecar();
    await useFake();
    await until('the old one is gone', () => !isAlive(pid));
    assert.equal((await ask('find fox')).status, 'answered');
  });

  it('that is killed from outside: the next question starts another one', async () => {
    await useFake();
    await show(TEXT);
    await ask('find fox');
    const pid = await pidOfSidecar();
    process.kill(pid, 'SIGKILL');
    await until('it is gone', () => !isAlive(pid));
    assert.equal((await ask('find fox')).status, 'answered');
    assert.notEqual(await pidOfSidecar(), pid);
    assert.deepEqual(messages.seen, []);
  });

  it('that is killed while it answers: the question is still answered', async () => {
    await useFake();
    const { document } = await show(TEXT);
    await ask('find fox');
    const pid = await pidOfSidecar();
    const running = ask('slow 600 fox');
    await new Promise((resolve) => setTimeout(resolve, 150));
    process.kill(pid, 'SIGKILL');
    assert.equal((await running).status, 'answered');
    assert.deepEqual(await highlighted(document), ['fox', 'fox']);
  });

  it('that sends a damaged result: an error and no highlight', async () => {
    await useFake();
    const { document } = await show(TEXT);
    assert.equal((await ask('garbage')).error?.code, 'Internal');
    assert.match(messages.only().text, /not an answer/);
    assert.deepEqual(await highlighted(document), []);
  });

  it('that sends noise between messages is still understood', async () => {
    await useFake();
    await show(TEXT);
    assert.equal((await ask('noise fox')).status, 'answered');
  });

  for (const [code, action, ...more] of [
    ['ModelInvalid', 'Open Settings', 'Manage Models'],
    ['LibraryMissing', 'Show Log'],
    ['EngineBuild', 'Restart Server'],
    ['EngineRun', 'Restart Server'],
    ['OutOfMemory', 'Restart Server'],
    ['BadRequest', 'Show Log'],
    ['InputUnreadable', 'Show Log'],
    ['Internal', 'Show Log'],
  ]) {
    it(`error ${code}: one message with its remedy and "${action}"`, async () => {
      await useFake();
      await show(TEXT);
      const outcome = await ask(`error ${code}`);
      assert.equal(outcome.status, 'failed');
      assert.equal(outcome.error?.code, code);
      const { kind, text, actions } = messages.only();
      assert.deepEqual([kind, text, actions], ['error', `Ask BERT: It is ${code}. Do something.`, [action, ...more]]);
    });
  }

  it('the answers of the question before are gone, also when the next one fails', async () => {
    await useFake();
    const { document } = await show(TEXT);
    await ask('find fox');
    assert.deepEqual(await highlighted(document), ['fox', 'fox']);
    assert.equal((await ask('error EngineRun')).status, 'failed');
    assert.deepEqual(await highlighted(document), []);
  });

  it('a question cancelled or superseded by the sidecar gives no message', async () => {
    await useFake();
    await show(TEXT);
    assert.equal((await ask('error Cancelled')).status, 'cancelled');
    assert.equal((await ask('error Superseded')).status, 'cancelled');
    assert.deepEqual(messages.seen, []);
  });

  it('questions about different documents do not disturb each other', async () => {
    await useFake();
    const first = await show(TEXT);
    const slow = ask('slow 300 fox');
    await settled();
    const second = await show('a fox');
    await ask('find fox');
    assert.equal((await slow).status, 'answered');
    assert.equal((await highlighted(first.document)).length, 2);
    assert.equal((await highlighted(second.document)).length, 1);
  });
});

/** The extension host's children are terminals, language servers and the like: the fake is the one that answers so. */
async function pidOfSidecar(): Promise<number> {
  const outcome = await ask('settings fox');
  return (JSON.parse(outcome.question) as { pid: number }).pid;
}

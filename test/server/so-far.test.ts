/** The best answers so far of a long text, from the real sidecar and on a terminal. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, test } from 'node:test';
import { CancellationTokenSource, ProgressType } from 'vscode-jsonrpc/node';
import { AskMethod, type AskProgress, type AskResult, ErrorCodes } from '../../server/protocol.js';
import { END_MS } from '../unit/helpers/waits.js';
import { longText, SidecarProcess, tinyModel } from './sidecar-process.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-so-far-'));
after(() => rmSync(folder, { recursive: true }));

let sidecar: SidecarProcess;
afterEach(() => sidecar?.kill());

/** Some hundred windows of the tiny model, whose answers mean nothing: any passes. */
const text = `${'a cat sat on the mat. '.repeat(300)}the king built a city. ${'a cat sat on the mat. '.repeat(300)}`;
const options = { topK: 3, noAnswerThreshold: 1000 };

/** All progress of a token, from now on. */
function progressOf(token: string, onProgress: (progress: AskProgress) => void = () => {}): AskProgress[] {
  const seen: AskProgress[] = [];
  sidecar.connection.onProgress(new ProgressType<AskProgress>(), token, (progress) => {
    seen.push(progress);
    onProgress(progress);
  });
  return seen;
}

test('are sent with the progress before the end, as answers of the text; the result is the same without them', async () => {
  sidecar = await SidecarProcess.start();
  const seen = progressOf('p');
  const result = await sidecar.ask({ text, options, progressToken: 'p' });
  const told = seen.filter(({ answers }) => answers);
  assert.ok(told.length > 0);
  for (const { stage, done, total, answers = [], noAnswer } of told) {
    assert.equal(stage, 'engine');
    assert.ok(done < total && total === result.timing.windows, `${done} of ${total}`);
    assert.ok(answers.length > 0 && answers.length <= 3);
    for (const answer of answers) assert.equal(answer.text, text.slice(answer.start, answer.end));
    assert.deepEqual([noAnswer?.chosen, noAnswer?.threshold], [false, 1000]);
  }
  assert.ok(told[0].done < result.timing.windows / 10, 'the first ones come early');
  const plain = await sidecar.ask({ text, options });
  assert.deepEqual([plain.answers, plain.noAnswer], [result.answers, result.noAnswer]);
});

test('are only answers that pass the threshold, and are sent only for a token', async () => {
  sidecar = await SidecarProcess.start();
  const seen = progressOf('p');
  const unhandled: unknown[] = [];
  sidecar.connection.onUnhandledProgress((progress) => unhandled.push(progress));
  const result = await sidecar.ask({ text, options: { noAnswerThreshold: -1000 }, progressToken: 'p' });
  assert.equal(result.noAnswer.chosen, true);
  assert.deepEqual(
    seen.filter(({ answers, noAnswer }) => answers || noAnswer),
    [],
  );
  await sidecar.ask({ text, options });
  assert.deepEqual(unhandled, []);
});

test('a cancel after the first one ends the reading', async () => {
  sidecar = await SidecarProcess.start();
  const source = new CancellationTokenSource();
  const seen = progressOf('p', ({ answers }) => {
    if (answers) source.cancel();
  });
  const params = { text: longText, question: 'who built a city', options, progressToken: 'p' };
  await assert.rejects(sidecar.connection.sendRequest<AskResult>(AskMethod, params, source.token), {
    code: ErrorCodes.Cancelled,
  });
  const last = seen[seen.length - 1];
  assert.ok(last.done < last.total / 2, `${last.done} of ${last.total} windows were read all the same`);
  assert.ok((await sidecar.ask({})).answers.length > 0);
});

// A terminal of its own is had from Python alone.
if (process.platform !== 'win32' && spawnSync('python3', ['-c', 'import pty']).status === 0) {
  const file = path.join(folder, 'long.txt');
  const onTerminal = (...more: string[]) => {
    writeFileSync(file, text);
    const args = ['dist/cli.js', 'ask', file, '--model', tinyModel, '--threads', '1', '--no-answer-threshold', '1000'];
    const all = [process.execPath, ...args, '-q', 'who built a city', ...more];
    // Standard error is a terminal of 200 columns, standard output a file.
    const script = `
import fcntl, os, pty, struct, subprocess, sys, termios
master, slave = pty.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
process = subprocess.Popen(${JSON.stringify(all)}, stdout=open(sys.argv[1], "wb"), stderr=slave, stdin=subprocess.DEVNULL)
os.close(slave)
while True:
    try:
        data = os.read(master, 65536)
    except OSError:
        break
    if not data:
        break
    sys.stdout.buffer.write(data)
sys.exit(process.wait())`;
    const out = path.join(folder, 'out');
    return { out, ...spawnSync('python3', ['-c', script, out], { encoding: 'utf8', timeout: END_MS }) };
  };

  test('the progress bar of a terminal shows the best one', () => {
    const { status, stdout, stderr } = onTerminal();
    assert.equal(status, 0, stderr);
    assert.match(stdout, /Reading \[.*\] \d+\/\d+, .* left · best so far: \S/);
  });
}

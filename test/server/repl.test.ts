/** Questions one after the other: typed at a prompt, and line by line. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { after, describe, it } from 'node:test';
import { promptForQuestions, questionsFromLines } from '../../server/cli/repl.js';
import { AskBertError, cancelled, type AskBertError as Failure } from '../../server/errors.js';
import { turn, until } from './fake-worker.js';
import { tinyModel } from './sidecar-process.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-repl-'));
after(() => rmSync(folder, { recursive: true }));

/** A prompt with a keyboard; a question "slow" runs until it is cancelled, "wrong" fails. */
function prompt() {
  const keyboard = new PassThrough();
  const screen = new PassThrough();
  let shown = '';
  screen.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  const asked: string[] = [];
  const failures: [string, string][] = [];
  let ended = false;
  const end = promptForQuestions({
    input: keyboard,
    prompts: screen,
    answer: async (question, signal) => {
      asked.push(question);
      if (question === 'wrong') throw new AskBertError('BadRequest', 'wrong');
      if (question !== 'slow') return;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      throw cancelled();
    },
    failed: (error: Failure, question) => {
      failures.push([question, error.code]);
    },
  }).then(() => {
    ended = true;
  });
  /** What was typed has arrived: the keyboard is a stream of this process. */
  const settle = async () => {
    for (let i = 0; i < 20; i++) await turn();
  };
  return { keyboard, asked, failures, end, settle, shown: () => shown, ended: () => ended };
}

describe('prompt', () => {
  it('asks one question after the other, even after a failed one, until an empty line', async () => {
    const { keyboard, asked, failures, end, shown } = prompt();
    keyboard.write('first\r  second \rwrong\rthird\r');
    await until(() => asked.length === 4, 'all are asked');
    keyboard.write('\r');
    await end;
    assert.deepEqual(asked, ['first', 'second', 'wrong', 'third']);
    assert.deepEqual(failures, [['wrong', 'BadRequest']]);
    assert.match(shown(), /an empty line or Ctrl-D quits/);
  });

  it('recalls questions with the arrow keys, and ends with Ctrl-D', async () => {
    const { keyboard, asked, end } = prompt();
    keyboard.write('once\r');
    await until(() => asked.length === 1, 'asked');
    keyboard.write('\x1b[A\r');
    await until(() => asked.length === 2, 'asked again');
    keyboard.write('\x04');
    await end;
    assert.deepEqual(asked, ['once', 'once']);
  });

  it('Ctrl-C cancels the running question and those after it, then clears the line, then ends', async () => {
    const { keyboard, asked, failures, end, settle, ended } = prompt();
    keyboard.write('slow\rbehind it\r');
    await until(() => asked.length === 1, 'it runs');
    keyboard.write('\x03');
    await until(() => failures.length === 1, 'it is cancelled');
    assert.deepEqual(failures, [['slow', 'Cancelled']]);
    keyboard.write('half a quest');
    await settle();
    keyboard.write('\x03');
    await settle();
    assert.equal(ended(), false);
    keyboard.write('whole\r');
    await until(() => asked.length === 2, 'asked');
    keyboard.write('\x03');
    await end;
    assert.deepEqual(asked, ['slow', 'whole']);
  });

  it('the end of the input cancels the running question', async () => {
    const { keyboard, asked, failures, end } = prompt();
    keyboard.write('slow\r');
    await until(() => asked.length === 1, 'it runs');
    keyboard.end();
    await end;
    assert.deepEqual(failures, [['slow', 'Cancelled']]);
  });
});

describe('lines of standard input', () => {
  it('are questions, empty ones are ignored', async () => {
    const input = new PassThrough();
    input.end('a\r\n\n  b  \nwrong\nc');
    const asked: string[] = [];
    const failed: string[] = [];
    const counts = await questionsFromLines({
      input,
      answer: async (question) => {
        if (question === 'wrong') throw new Error('wrong');
        asked.push(question);
      },
      failed: (_, question) => void failed.push(question),
    });
    assert.deepEqual([asked, failed, counts], [['a', 'b', 'c'], ['wrong'], { questions: 4, failures: 1 }]);
  });
});

/** Runs `ask-bert ask` on a file with these lines as standard input. */
async function askLines(input: string, ...flags: string[]) {
  const file = path.join(folder, 'text.txt');
  writeFileSync(file, 'one line\nthe king built a city in the year 3\n');
  const args = [path.resolve('dist/cli.js'), 'ask', file, '--model', tinyModel, '--threads', '1', ...flags];
  const child = spawn(process.execPath, args, { stdio: 'pipe', env: { ...process.env, NO_COLOR: '1' } });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin.end(input);
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, out, err };
}

describe('ask without a question', () => {
  it('answers one line each, and in JSON one line each', async () => {
    const { code, out, err } = await askLines('who built a city\n\nwhat year\n', '--json', '--engine', 'cpu');
    assert.deepEqual([code, err], [0, '']);
    const results = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      results.map(({ question }) => question),
      ['who built a city', 'what year'],
    );
    for (const { answers } of results) assert.ok(answers.length > 0);
  });

  it('says which question failed, continues, and exits with 1', async () => {
    const long = 'x'.repeat(10_001);
    const { code, out, err } = await askLines(`who built a city\n${long}\nwhat year\n`, '--json');
    assert.equal(code, 1);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ error }) => error?.code),
      [undefined, 'BadRequest', undefined],
    );
    assert.match(err, /found 10001 characters/);
    assert.match(err, /1 of 3 questions failed\.\n$/);
  });

  it('needs a file, and at least one question', async () => {
    const none = await askLines('\n');
    assert.deepEqual([none.code, none.out], [2, '']);
    assert.match(none.err, /^ask-bert: No question is given, either by --question or on standard input\.\n$/);
    const child = spawn(process.execPath, [path.resolve('dist/cli.js'), 'ask', '-'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    assert.equal(await new Promise((resolve) => child.once('close', resolve)), 2);
    assert.match(err, /standard input cannot be both the document and the questions/);
  });
});

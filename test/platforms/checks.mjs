// What is run on a platform, with the files of its package: questions on the command line, twenty of them with F1, the
// sidecar as the extension starts it (IPC) and as other editors do (standard input and output), and what is peculiar to
// Windows. Every check returns a short text for the table, or throws.
//
// It runs on this machine's Node and starts the platform's, or, as a program, on the platform's own Node:
//   node checks.mjs JOB.json     { launcher, extension, folder, checks, out }; results go to the file `out`
import { fork, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const LINES = [
  'The lighthouse of Varberg was built in 1867 and rises 34 metres above the sea.',
  'Its keeper is Ana Ferreira, who came from Porto — the “first” of them. 😀',
  'In winter the lamp is lit at four in the afternoon.',
];
const QUESTION = 'Who is the keeper of the lighthouse?';
const ANSWER = 'Ana Ferreira';
/** What runs longer than this hangs, even where a processor is emulated on a busy machine. */
const hung = { timeout: 15 * 60_000, killSignal: 'SIGKILL' };

/** @typedef {{ command: string, args: string[], env?: Record<string, string> }} Launcher starts the platform's Node */

/** Runs checks one after the other: [{ check, passed, detail, seconds }]. */
export async function runChecks({ launcher, extension, folder, checks }) {
  const context = { launcher, extension, folder, file: path.join(folder, 'lighthouse.txt') };
  writeFileSync(context.file, `${LINES.join('\n')}\n`);
  const results = [];
  for (const [check, options] of checks) {
    const began = Date.now();
    let result;
    try {
      result = { check, passed: true, detail: await CHECKS[check](context, options) };
    } catch (error) {
      result = { check, passed: false, detail: error.message };
    }
    results.push({ ...result, seconds: (Date.now() - began) / 1000 });
  }
  return results;
}

const CHECKS = {
  /** The command line: the right answer at the right place. */
  async ask(context, { precision = 'auto' } = {}) {
    return checkAnswer(await ask(context, context.file, precision), readFileSync(context.file, 'utf8'));
  },

  /** F1 of the questions in `squad`, at most `tolerance` below `expected`. */
  async squad(context, { squad, precision = 'auto', expected, tolerance }) {
    const evaluation = path.join(context.extension, 'dist', 'platform-evaluation.js');
    const flags = ['--engine', 'cpu', '--precision', precision, '--json'];
    const { stdout } = await node(context, [evaluation, 'squad', squad, ...flags]);
    const { metrics, engine } = JSON.parse(stdout);
    const text = `F1 ${metrics.f1.toFixed(1)} of ${metrics.total} questions in ${engine.precision}`;
    if (expected !== undefined && metrics.f1 < expected - tolerance) {
      throw new Error(
        `${text}, expected ${expected.toFixed(1)} as in FP32 on this machine, less ${tolerance} at most.`,
      );
    }
    return text;
  },

  /** The logits of the tiny models and the embedded one, to be compared by who started this. */
  async logits(context, { bundle, models, out }) {
    await node(context, [bundle, models, out]);
    return 'computed';
  },

  /** The sidecar as the extension starts it. */
  async ipc(context) {
    const { command, args, env } = context.launcher;
    const child = fork(path.join(context.extension, 'dist', 'sidecar.js'), {
      execPath: command,
      execArgv: args,
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      ...hung,
    });
    return sidecar(
      context,
      child,
      (message) => child.send(message),
      (listen) => child.on('message', listen),
    );
  },

  /** The same over standard input and output, as `serve` offers it to other editors. */
  async stdio(context) {
    return sidecar(context, ...serve(context));
  },

  /** A document is named by a drive letter, in every spelling of it. */
  async drives(context) {
    const { file } = context;
    if (!/^[A-Z]:\\/i.test(file)) throw new Error(`${file} has no drive letter.`);
    const text = readFileSync(file, 'utf8');
    for (const name of [file, file.replaceAll('\\', '/'), file[0].toLowerCase() + file.slice(1)]) {
      checkAnswer(await ask(context, name), text);
    }
    const uri = pathToFileURL(file).href;
    const uris = [uri, uri.replace(/^file:\/\/\/(.):/, (_, drive) => `file:///${drive.toLowerCase()}%3A`)];
    for (const each of uris) await sidecar(context, ...serve(context), { uri: each });
    return `${file}, ${uris[1]}`;
  },

  /** Lines that end in CR LF: offsets and lines are those of the file. */
  async crlf(context) {
    const file = path.join(context.folder, 'crlf.txt');
    const text = `${LINES.join('\r\n')}\r\n`;
    writeFileSync(file, text);
    return checkAnswer(await ask(context, file), text);
  },
};

async function ask(context, file, precision = 'auto') {
  const args = ['ask', file, '--question', QUESTION, '--engine', 'cpu', '--precision', precision, '--json'];
  return JSON.parse((await cli(context, args)).stdout);
}

/** @throws Error unless the best answer is the right one, at its place in the text */
function checkAnswer({ answers, engine }, text) {
  const [best] = answers;
  const start = text.indexOf(ANSWER);
  if (best?.start !== start || best.end !== start + ANSWER.length || best.line !== 1) {
    const found = best && `"${best.text}" at ${best.start} to ${best.end}, line ${best.line}`;
    throw new Error(
      `Wrong answer in ${engine?.precision}: found ${found ?? 'none'}, expected "${ANSWER}" at ${start}, line 1.`,
    );
  }
  return `right in ${engine.precision}, probability ${best.probability.toFixed(3)}`;
}

const environment = (own = {}) => ({ ...process.env, LANG: 'C', LC_ALL: 'C', NODE_PATH: '', ...own });

/**
 * Runs the platform's Node to its end. Its output goes to files: of a pipe the end may not come, where something that it
 * started (Wine's desktop) lives on.
 * @throws Error with its output when it fails
 */
async function node({ launcher: { command, args, env }, folder }, rest) {
  const files = ['stdout.txt', 'stderr.txt'].map((name) => path.join(folder, name));
  const descriptors = files.map((file) => openSync(file, 'w'));
  const child = spawn(command, [...args, ...rest], {
    cwd: folder,
    env: environment(env),
    stdio: ['ignore', ...descriptors],
    ...hung,
  });
  const how = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ?? code));
  }).finally(() => descriptors.map((each) => closeSync(each)));
  const [stdout, stderr] = files.map((file) => readFileSync(file, 'utf8'));
  if (how !== 0) throw new Error(`Ended with ${how}: ${(stderr || stdout).trim().slice(-600)}`);
  return { stdout, stderr };
}

const cli = (context, args) => node(context, [path.join(context.extension, 'dist', 'cli.js'), ...args]);

function serve({ launcher: { command, args, env }, extension, folder }) {
  const child = spawn(command, [...args, path.join(extension, 'dist', 'cli.js'), 'serve', '--engine', 'cpu'], {
    cwd: folder,
    env: environment(env),
    stdio: ['pipe', 'pipe', 'pipe'],
    ...hung,
  });
  child.stdin.on('error', () => {}); // told by the exit code
  const send = (message) => {
    const body = JSON.stringify(message);
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const listen = (take) => {
    let rest = Buffer.alloc(0);
    child.stdout.on('data', (data) => {
      rest = Buffer.concat([rest, data]);
      for (;;) {
        const end = rest.indexOf('\r\n\r\n');
        const length = /^Content-Length: (\d+)$/i.exec(rest.subarray(0, Math.max(end, 0)).toString('latin1'))?.[1];
        if (end < 0 || length === undefined || rest.length < end + 4 + Number(length)) return;
        take(JSON.parse(rest.subarray(end + 4, end + 4 + Number(length)).toString('utf8')));
        rest = rest.subarray(end + 4 + Number(length));
      }
    });
  };
  return [child, send, listen];
}

/** One question to a sidecar, and its end, which it comes to by itself. */
async function sidecar({ file }, child, send, listen, document = { text: readFileSync(file, 'utf8') }) {
  const waiting = new Map();
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  const died = ended.then((how) => {
    throw new Error(`The sidecar ended with ${how}: ${said.trim().slice(-600)}`);
  });
  died.catch(() => {}); // looked at only while something is asked
  listen((message) => {
    if (message.method === undefined) waiting.get(message.id)?.(message);
  });
  let id = 0;
  const request = (method, params) => {
    const answered = new Promise((resolve) => waiting.set(++id, resolve));
    send({ jsonrpc: '2.0', id, method, params });
    return Promise.race([answered, died]).then(({ result, error }) => {
      if (error) throw new Error(`${method}: ${error.message}`);
      return result;
    });
  };
  try {
    const options = { engine: 'cpu', precision: 'auto' };
    await request('initialize', { processId: null, rootUri: null, capabilities: {}, initializationOptions: options });
    send({ jsonrpc: '2.0', method: 'initialized', params: {} });
    const detail = checkAnswer(
      await request('askBert/ask', { question: QUESTION, ...document }),
      readFileSync(file, 'utf8'),
    );
    await request('shutdown');
    send({ jsonrpc: '2.0', method: 'exit' });
    const how = await ended;
    if (how !== 0) throw new Error(`The sidecar ended with ${how}: ${said.trim().slice(-600)}`);
    return detail;
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  writeFileSync(job.out, JSON.stringify(await runChecks(job)));
  process.exit(); // whatever still holds a pipe
}

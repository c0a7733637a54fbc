// Runs the steps of a test run, in parallel as far as the processors allow, and counts their tests.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { root, seconds } from './ensure.mjs';
import { ProcessorTime } from './processor-time.mjs';

const MINUTE = 60_000;
/**
 * A step that prints nothing for this long is hanging, and is killed. There is no limit for a whole step: a machine
 * with one core or other work may take as long as it needs.
 */
const SILENCE_MS = 60 * MINUTE;
/** How often is looked at what its processes have computed: to look takes about 20 ms. */
const SAMPLE_MS = 4000;

/**
 * How many steps run at once. Those that drive a window spend half of their time waiting, so two of them run in
 * addition to the others. With one core, steps run one after the other.
 */
export function slots(cores = os.availableParallelism()) {
  return cores === 1 ? { processor: 1, window: 1, all: 1 } : { processor: 2, window: 2, all: 4 };
}

/**
 * Runs all steps; each starts when its predecessors have ended and there is capacity, in the order of the list.
 * @param steps [{ name, args, env, tests, window, after, needed }]: see scripts/test.mjs
 * @param to streams for the output: { stdout, stderr }
 * @returns results in the order of the list: { name, passed, failed, note, time, cpu }
 */
export async function runSteps(steps, room = slots(), to = process) {
  const results = new Map();
  const running = new Map();
  const waiting = [...steps];
  const screen = new Screen(to);
  const kind = (step) => (step.window ? 'window' : 'processor');
  const ready = (step) => {
    const before = steps.filter(({ name }) => step.after?.includes(name));
    return before.every(({ name }) => results.has(name));
  };
  const fits = (step) => {
    const beside = [...running.keys()].filter((other) => kind(other) === kind(step));
    return running.size < room.all && beside.length < room[kind(step)];
  };
  while (waiting.length > 0 || running.size > 0) {
    for (const step of waiting.filter(ready)) {
      if (!fits(step)) continue;
      waiting.splice(waiting.indexOf(step), 1);
      const failed = step.after?.find((name) => results.get(name)?.failed && stepOf(steps, name)?.needed);
      if (failed) {
        results.set(step.name, {
          name: step.name,
          passed: 0,
          failed: 1,
          note: `not run: ${failed} failed`,
          time: '',
          cpu: 0,
        });
        continue;
      }
      running.set(
        step,
        runStep(step, screen.page(step.name)).then((result) => {
          running.delete(step);
          results.set(step.name, result);
        }),
      );
    }
    if (running.size > 0) await Promise.race(running.values());
  }
  return steps.map(({ name }) => results.get(name));
}

const stepOf = (steps, name) => steps.find((step) => step.name === name);

/** Shows the output of one step at a time as it arrives; that of the others is buffered until their turn. */
class Screen {
  #pages = [];
  #to;

  constructor(to) {
    this.#to = to;
  }

  page(name) {
    const page = { parts: [], ended: false };
    this.#pages.push(page);
    const say = (write) => {
      if (this.#pages[0] === page) write();
      else page.parts.push(write);
    };
    const { stdout, stderr } = this.#to;
    say(() => stdout.write(`\n== ${name}\n`));
    return {
      out: (text) => say(() => stdout.write(text)),
      err: (text) => say(() => stderr.write(text)),
      end: () => {
        page.ended = true;
        while (this.#pages[0]?.ended) {
          this.#pages.shift();
          for (const write of this.#pages[0]?.parts.splice(0) ?? []) write();
        }
      },
    };
  }
}

async function runStep({ name, args, env, tests }, page) {
  const began = Date.now();
  const { code, output, silent, cpu } = await run(args, env, page);
  const result = { name, passed: 0, failed: 0, note: '', time: seconds(began), cpu };
  if (silent) result.note = `silent for ${SILENCE_MS / MINUTE} minutes`;
  else if (code !== 0) result.note = `exit code ${code}`;
  if (tests) {
    const { passed, failed, skipped } = count(output);
    result.passed = passed;
    result.failed = failed + skipped;
    if (skipped > 0) result.note ||= `${skipped} skipped`;
    if (passed + failed === 0) result.note ||= 'no test was run';
  }
  // A failing step counts as a failure even if no test failed.
  if (result.note && result.failed === 0) result.failed = 1;
  return result;
}

/**
 * Test counts from the end of a runner's output: Node's, or a line "N passed, N failed[, N skipped]", whichever is
 * last.
 */
function count(output) {
  const last = (pattern) => Number([...output.matchAll(pattern)].at(-1)?.[1] ?? 0);
  const line = [...output.matchAll(/\b(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/g)].at(-1);
  const ofNode = [...output.matchAll(/^\S* ?pass \d+$/gm)].at(-1);
  if (line && !(ofNode && ofNode.index > line.index))
    return { passed: Number(line[1]), failed: Number(line[2]), skipped: Number(line[3] ?? 0) };
  return {
    passed: last(/^\S* ?pass (\d+)$/gm),
    failed: last(/^\S* ?fail (\d+)$/gm) + last(/^\S* ?cancelled (\d+)$/gm),
    skipped: last(/^\S* ?skipped (\d+)$/gm) + last(/^\S* ?todo (\d+)$/gm),
  };
}

/** Process ids of the running steps. */
const started = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const pid of started) killGroup(pid, 'SIGKILL');
    process.exit(130);
  });
}

/** Runs Node in a process group of its own, so that nothing it started can outlive the step. */
function run(args, env, page) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    env,
  });
  started.add(child.pid);
  const time = new ProcessorTime(child.pid);
  const sampling = setInterval(() => time.sample(), SAMPLE_MS);
  let output = '';
  let silent = false;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    page.out(text);
    timer.refresh();
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    page.err(text);
    timer.refresh();
  });
  // First by request, so that a runner can stop what it started elsewhere; then by force.
  const timer = setTimeout(() => {
    silent = true;
    killGroup(child.pid, 'SIGTERM');
    setTimeout(() => killGroup(child.pid, 'SIGKILL'), 5000).unref();
  }, SILENCE_MS);
  return new Promise((resolve) => {
    let cpu = 0;
    const end = (code) => {
      clearTimeout(timer);
      clearInterval(sampling);
      started.delete(child.pid);
      killGroup(child.pid, 'SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      page.end();
      resolve({ code, output, silent, cpu });
    };
    child.once('error', () => end(1));
    // A leftover process may hold the pipes open: wait only briefly for their end.
    child.once('exit', (code) => {
      time.sample();
      cpu = time.seconds(waitedSeconds());
      const late = setTimeout(end, 2000, code ?? 1);
      child.once('close', () => {
        clearTimeout(late);
        end(code ?? 1);
      });
    });
  });
}

let counted = 0;

/** Processor seconds of the children that have ended since the last call, with all that they waited for. 0 where there is no /proc. */
function waitedSeconds() {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    // After the program's name: cutime and cstime, in hundredths of a second.
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(13, 15)
      .map(Number);
    const total = (user + system) / 100;
    const since = total - counted;
    counted = total;
    return since;
  } catch {
    return 0;
  }
}

function killGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    if (process.platform === 'win32') spawnSync('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore' });
    else process.kill(-pid, signal);
  } catch {
    // No process is left.
  }
}

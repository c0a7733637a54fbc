// `npm test`: types, lint, build, and every test there is, up to the packaged extension in a real VS Code.
//   node scripts/test.mjs [--only unit|server|faults|package|exthost|e2e]
// Last line: "N passed, N failed". A runner that runs no test, skips one, or falls silent for long has failed.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled, main, root, ScriptError, seconds } from './ensure.mjs';

const MINUTE = 60_000;
/**
 * A step that prints nothing for so long hangs, and is ended. There is no limit for a whole step: one core, or a machine that
 * is busy with other things, may take as long as it needs.
 */
const SILENCE_MS = 60 * MINUTE;
/** A single test or file of tests; shorter than the silence, so that it is named. */
const TEST_MS = 45 * MINUTE;
const nowhere = path.join(root, 'out-test', 'no-models');
/** What the user's cache remembers of engines is not for the tests, nor the other way round. */
const ownCache = path.join(root, 'out-test', 'cache');
const bin = (name, ...rest) => [path.join('node_modules', name, ...rest)];

/**
 * Every step: `args` for Node (from the part that --only names), and
 *   tests   it is a runner, whose tests are counted
 *   parts   what `--only` runs it for; a step without is for complete runs
 *   needed  without it the following steps make no sense
 *   vscode  VS Code and a browser are in the user's cache; what they start has a profile of its own
 */
const STEPS = {
  types: { args: () => [...bin('typescript', 'bin', 'tsc'), '--noEmit'] },
  // With rules that only the extension keeps, and the sidecar as a project of its own.
  'types of src': { args: () => [...bin('typescript', 'bin', 'tsc'), '-b', 'src'] },
  lint: {
    args: () => [...bin('@biomejs', 'biome', 'bin', 'biome'), 'check', '.', '--error-on-warnings'],
  },
  'native style': { args: () => ['scripts/native-style.mjs'] },
  'Python style': { args: () => ['scripts/python-style.mjs'] },
  build: {
    args: () => ['esbuild.mjs', '--test'],
    parts: ['unit', 'server', 'faults', 'package', 'exthost', 'e2e'],
    needed: true,
  },
  // Where it cannot be compiled it says so, and the CPU engine is all there is.
  native: { args: () => ['scripts/build-native.mjs'], parts: ['unit', 'package'] },
  'native, sanitized': {
    args: () => ['scripts/build-native.mjs', '--sanitize', '--flavour', 'rtx'],
    parts: ['unit'],
  },
  notices: { args: () => ['scripts/third-party.mjs', '--check'] },
  unit: { args: () => nodeTests('unit'), tests: true, parts: ['unit'] },
  server: { args: () => nodeTests('server'), tests: true, parts: ['server'] },
  faults: { args: () => ['test/faults/run.mjs', '--built'], tests: true, parts: ['faults'] },
  // Every target, as a release has them; the end-to-end tests alone need only this platform's.
  package: {
    args: (only) => ['scripts/package.mjs', ...(only === 'e2e' ? [] : ['--all'])],
    parts: ['package', 'e2e'],
  },
  'open packages': { args: () => packageTests(), tests: true, parts: ['package'] },
  // objdump is a tool of Linux, and so are the binaries that it looks at.
  ...(process.platform === 'linux' && {
    glibc: { args: () => ['scripts/check-glibc.mjs'], parts: ['package'] },
  }),
  'set-up VS Code': {
    args: () => ['scripts/setup-vscode.mjs'],
    parts: ['exthost', 'e2e'],
    needed: true,
  },
  exthost: { args: () => ['test/exthost/run.mjs'], tests: true, vscode: true, parts: ['exthost'] },
  e2e: { args: () => ['test/e2e/run.mjs'], tests: true, vscode: true, parts: ['e2e'] },
  'not trusted': { args: () => ['test/e2e/restricted.mjs'], tests: true, vscode: true, parts: ['e2e'] },
};

// What is compared are the English texts, wherever this runs; tests of other languages set their own.
process.env.LC_ALL = 'C';

main(async () => {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const parts = ['unit', 'server', 'faults', 'package', 'exthost', 'e2e'];
  if (values.only !== undefined && !parts.includes(values.only)) {
    throw new ScriptError(`--only: found ${values.only}, expected one of ${parts.join(', ')}.`);
  }
  const began = Date.now();
  rmSync(ownCache, { recursive: true, force: true });
  await ensureInstalled();
  const wanted = Object.entries(STEPS).filter(([, { parts }]) => !values.only || parts?.includes(values.only));
  const results = [];
  let blockedBy;
  for (const [name, step] of wanted) {
    const result = blockedBy ? notRun(name, blockedBy) : await runStep(name, step, values.only);
    results.push(result);
    if (step.needed && result.failed > 0) blockedBy ??= name;
  }
  console.log(`\n${results.map(summary).join('\n')}\n${seconds(began)} in all`);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  process.exit(sum('failed') === 0 ? 0 : 1);
});

function nodeTests(folder) {
  const where = path.join('out-test', folder);
  const sources = readdirSync(path.join(root, 'test', folder), { recursive: true }).filter((file) =>
    file.endsWith('.test.ts'),
  );
  // Not what lies in out-test: that may be of tests that are no more.
  const files = sources.map((file) => path.join(where, file.replace(/\.ts$/, '.js')));
  return ['--test', '--test-reporter=spec', `--test-timeout=${TEST_MS}`, ...files];
}

function packageTests() {
  const folder = path.join('test', 'package');
  const files = readdirSync(path.join(root, folder)).filter((file) => file.endsWith('.test.mjs'));
  const paths = files.map((file) => path.join(folder, file));
  return ['--test', '--test-reporter=spec', `--test-timeout=${TEST_MS}`, ...paths];
}

async function runStep(name, { args, tests, vscode }, only) {
  console.log(`\n== ${name}`);
  const began = Date.now();
  const { code, output, silent } = await run(args(only), tests && !vscode ? { XDG_CACHE_HOME: ownCache } : {});
  const result = { name, passed: 0, failed: 0, note: '', time: seconds(began) };
  if (silent) result.note = `silent for ${SILENCE_MS / MINUTE} minutes`;
  else if (code !== 0) result.note = `exit code ${code}`;
  if (tests) {
    const { passed, failed, skipped } = count(output);
    result.passed = passed;
    result.failed = failed + skipped;
    if (skipped > 0) result.note ||= `${skipped} skipped`;
    if (passed + failed === 0) result.note ||= 'no test was run';
  }
  // A step that fails is a failure even when no single test is.
  if (result.note && result.failed === 0) result.failed = 1;
  return result;
}

const notRun = (name, because) => ({ name, passed: 0, failed: 1, note: `not run: ${because} failed`, time: '' });

function summary({ name, passed, failed, note, time }) {
  const tests = passed > 0 ? `${passed} passed` : '';
  const what = [tests, failed > 0 ? `${failed} failed` : '', note].filter(Boolean).join(', ') || 'ok';
  return `${failed > 0 ? 'FAIL' : 'ok  '} ${name.padEnd(16)} ${time.padStart(8)}  ${what}`;
}

/** Test counts from the end of a runner's output: Node's, or a line "N passed, N failed[, N skipped]". */
function count(output) {
  const last = (pattern) => Number([...output.matchAll(pattern)].at(-1)?.[1] ?? 0);
  const line = [...output.matchAll(/\b(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/g)].at(-1);
  if (line) return { passed: Number(line[1]), failed: Number(line[2]), skipped: Number(line[3] ?? 0) };
  return {
    passed: last(/^\S* ?pass (\d+)$/gm),
    failed: last(/^\S* ?fail (\d+)$/gm) + last(/^\S* ?cancelled (\d+)$/gm),
    skipped: last(/^\S* ?skipped (\d+)$/gm) + last(/^\S* ?todo (\d+)$/gm),
  };
}

/** Runs Node in a process group of its own, so that nothing it started can outlive the step. */
function run(args, env) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    // Whoever runs the tests may have models and a default one.
    env: { ...process.env, ASKBERT_MODELS: nowhere, ASKBERT_CONFIG: path.join(nowhere, 'config.json'), ...env },
  });
  let output = '';
  let silent = false;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    process.stdout.write(text);
    timer.refresh();
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    process.stderr.write(text);
    timer.refresh();
  });
  const interrupted = () => {
    killGroup(child.pid, 'SIGKILL');
    process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  // First asked, so that a runner can end what it started elsewhere; then by force.
  const timer = setTimeout(() => {
    silent = true;
    killGroup(child.pid, 'SIGTERM');
    setTimeout(() => killGroup(child.pid, 'SIGKILL'), 5000).unref();
  }, SILENCE_MS);
  return new Promise((resolve) => {
    const end = (code) => {
      clearTimeout(timer);
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      killGroup(child.pid, 'SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ code, output, silent });
    };
    child.once('error', () => end(1));
    // Something left behind may hold the pipes open: their end is waited for only a moment.
    child.once('exit', (code) => {
      const late = setTimeout(end, 2000, code ?? 1);
      child.once('close', () => {
        clearTimeout(late);
        end(code ?? 1);
      });
    });
  });
}

function killGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    if (process.platform === 'win32') spawnSync('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore' });
    else process.kill(-pid, signal);
  } catch {
    // Nobody is left.
  }
}

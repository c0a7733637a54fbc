// `npm test`: types, lint, build, and every test, up to the packaged extension in a real VS Code.
//   node scripts/test.mjs [--only unit|server|faults|package|exthost|e2e]
//   node scripts/test.mjs --file NAME   test files of unit and server with NAME in their path, and no others
//   node scripts/test.mjs --long        `npm run test:long`: long tests (more rounds, larger models, all packages)
//   node scripts/test.mjs --with-long   both in one run, as .ci/run does: nothing is built, packed or tried twice
//   node scripts/test.mjs --fuzz [--seed N]   `npm run test:fuzz`: the long tests with random inputs, those of another seed
// Without --fuzz every run tries the same inputs: a commit that passes once passes again.
// Last line: "N passed, N failed". A runner that runs no test, skips one, or prints nothing for long has failed.
import { readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled, main, root, ScriptError, seconds } from './ensure.mjs';
import { runSteps, slots } from './run-steps.mjs';
import { hostTarget, TARGETS } from './targets.mjs';
import { testEnvironment } from './test-environment.mjs';
import { bundleOf, doesMore, needsNative, testFiles } from './test-files.mjs';

/**
 * Limit for a single test or test file; shorter than the silence after which a step is killed, so that the test is
 * named.
 */
const TEST_MS = 45 * 60_000;
const PARTS = ['unit', 'server', 'faults', 'package', 'exthost', 'e2e'];
/** What is tried in a real VS Code: the package of this machine, and that of browsers. */
const HERE = [hostTarget, 'web'];
const targets = (names) => names.flatMap((name) => ['--target', name]);
const bin = (name, ...rest) => [path.join('node_modules', name, ...rest)];
const nodeTests = (files) => [
  '--test',
  '--test-reporter=spec',
  `--test-timeout=${TEST_MS}`,
  // Another step runs in parallel.
  `--test-concurrency=${Math.max(1, Math.floor(os.availableParallelism() / slots().processor))}`,
  ...files,
];

/**
 * The steps in the order in which they start, if there is capacity for all: first what others wait for and what waits
 * itself, last what is short, so that no processor is idle in the end.
 *   args    for Node
 *   tests   it is a test runner, whose tests are counted
 *   after   steps that must have ended before
 *   needed  if it fails, the steps after it are pointless
 *   window  it drives a real VS Code, which with its browser is in the user's cache; what it starts has its own profile
 *   parts   what `--only` runs it for; a step without any runs only in complete runs
 */
const STEPS = [
  {
    name: 'build',
    args: ['esbuild.mjs', '--test'],
    needed: true,
    parts: PARTS,
  },
  // If it cannot be compiled it says so, and only the CPU engine is available.
  { name: 'native', args: ['scripts/build-native.mjs'], parts: ['unit', 'server', 'package'] },
  {
    name: 'set-up VS Code',
    args: ['scripts/setup-vscode.mjs'],
    needed: true,
    parts: ['exthost', 'e2e'],
  },
  {
    name: 'exthost',
    args: ['test/exthost/run.mjs', '--built'],
    tests: true,
    window: true,
    after: ['build', 'set-up VS Code'],
    parts: ['exthost'],
  },
  {
    name: 'package',
    args: ['scripts/package.mjs', '--no-build', ...targets(HERE)],
    after: ['build', 'native'],
    parts: ['e2e', 'package'],
  },
  {
    name: 'e2e',
    args: ['test/e2e/run.mjs', '--windows', 'shared'],
    tests: true,
    window: true,
    after: ['package', 'set-up VS Code'],
    parts: ['e2e'],
  },
  {
    name: 'e2e, own windows',
    args: ['test/e2e/run.mjs', '--windows', 'own'],
    tests: true,
    window: true,
    after: ['package', 'set-up VS Code'],
    parts: ['e2e'],
  },
  {
    name: 'page view',
    args: ['test/page-view/run.mjs'],
    tests: true,
    window: true,
    after: ['build', 'set-up VS Code'],
    parts: ['e2e'],
  },
  {
    name: 'not trusted',
    args: ['test/e2e/restricted.mjs'],
    tests: true,
    window: true,
    after: ['package', 'set-up VS Code'],
    parts: ['e2e'],
  },
  {
    name: 'faults',
    args: ['test/faults/run.mjs', '--built'],
    tests: true,
    after: ['build'],
    parts: ['faults'],
  },
  {
    name: 'server',
    args: () => nodeTests(bundlesOf('server', (file) => !needsNative(file))),
    tests: true,
    after: ['build'],
    parts: ['server'],
  },
  {
    name: 'server, native',
    args: () => nodeTests(bundlesOf('server', needsNative)),
    tests: true,
    after: ['build', 'native'],
    parts: ['server'],
  },
  {
    name: 'unit',
    args: () => nodeTests(bundlesOf('unit')),
    tests: true,
    after: ['build', 'native'],
    parts: ['unit'],
  },
  // As in a release.
  {
    name: 'other packages',
    args: ['scripts/package.mjs', '--no-build', ...targets(TARGETS.filter((each) => !HERE.includes(each)))],
    after: ['build'],
    parts: ['package'],
  },
  {
    name: 'open all packages',
    args: () => packageTests(),
    tests: true,
    after: ['package', 'other packages'],
    parts: ['package'],
  },
  { name: 'types', args: [...bin('typescript', 'bin', 'tsc'), '--noEmit'] },
  // With rules only for the extension, and the sidecar as a separate project.
  { name: 'types of src', args: [...bin('typescript', 'bin', 'tsc'), '-b', 'src'] },
  // The page of the page view, with the types of a browser.
  { name: 'types of webview', args: [...bin('typescript', 'bin', 'tsc'), '-p', 'webview'] },
  { name: 'native style', args: ['scripts/native-style.mjs'] },
  { name: 'Python style', args: ['scripts/python-style.mjs'] },
  { name: 'lint', args: [...bin('@biomejs', 'biome', 'bin', 'biome'), 'check', '.', '--error-on-warnings'] },
  { name: 'notices', args: ['scripts/third-party.mjs', '--check'] },
  // objdump exists only on Linux, like the binaries that it examines.
  ...(process.platform === 'linux'
    ? [{ name: 'glibc', args: ['scripts/check-glibc.mjs'], after: ['native'], parts: ['package'] }]
    : []),
];

const onlyLong = new Set(['other packages', 'open all packages', 'e2e, own windows', 'not trusted']);

/** What differs when `npm test` and the long tests run at once: the long tests of a file try all that its others do, and more. */
const WITH_LONG = {
  unit: { args: () => nodeTests(bundlesOf('unit', (file) => !doesMore(file))) },
  // Bundled once: the bundles are in one folder.
  faults: { args: ['test/faults/run.mjs', '--built', '--with-long'] },
};

/** The long tests, with what they need. */
const LONG_STEPS = [
  stepNamed('build'),
  stepNamed('native'),
  {
    name: 'native, sanitized',
    args: ['scripts/build-native.mjs', '--sanitize', '--flavour', 'rtx'],
    after: ['native'],
  },
  stepNamed('package'),
  stepNamed('other packages'),
  stepNamed('set-up VS Code'),
  stepNamed('e2e, own windows'),
  stepNamed('not trusted'),
  {
    name: 'faults, long',
    args: ['test/faults/run.mjs', '--built', '--long'],
    tests: true,
    after: ['build'],
  },
  stepNamed('open all packages'),
  {
    name: 'unit, long',
    args: () => nodeTests(testFiles('unit', true).map(bundleOf)),
    env: { ASKBERT_LONG: '1' },
    tests: true,
    after: ['build', 'native, sanitized'],
  },
];

const ADDED = LONG_STEPS.filter(({ name }) => name !== 'faults, long' && !stepNamed(name));
const ALL_STEPS = STEPS.flatMap((step) => {
  const all = { ...step, ...WITH_LONG[step.name] };
  return step.name === 'server' ? [...ADDED, all] : [all];
});

/** Those of the long steps that try random inputs, with what they need. */
const FUZZ_STEPS = ['build', 'native', 'native, sanitized', 'faults, long', 'unit, long'];

main(async () => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      file: { type: 'string' },
      long: { type: 'boolean' },
      'with-long': { type: 'boolean' },
      fuzz: { type: 'boolean' },
      seed: { type: 'string' },
    },
  });
  const { seed, ...modes } = values;
  if (Object.keys(modes).length > 1) {
    throw new ScriptError('--only, --file, --long, --with-long and --fuzz exclude each other.');
  }
  if (seed !== undefined && !/^\d{1,9}$/.test(seed)) throw new ScriptError(`--seed: found ${seed}, expected a number.`);
  if (seed !== undefined && !values.fuzz) throw new ScriptError('--seed: only with --fuzz.');
  if (values.only !== undefined && !PARTS.includes(values.only)) {
    throw new ScriptError(`--only: found ${values.only}, expected one of ${PARTS.join(', ')}.`);
  }
  const began = Date.now();
  rmSync(path.join(root, 'out-test', 'cache'), { recursive: true, force: true });
  await ensureInstalled();
  if (values.fuzz) {
    process.env.ASKBERT_SEED = seed ?? String(Math.floor(Math.random() * 1e9));
    console.log(`Again: npm run test:fuzz -- --seed ${process.env.ASKBERT_SEED}`);
  }
  const results = await runSteps(stepsFor(values).map(prepared));
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const cpu = sum('cpu') > 0 ? `, ${sum('cpu').toFixed(0)} s of processor time` : '';
  console.log(`\n${results.map(summary).join('\n')}\n${seconds(began)} in all${cpu}`);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
  process.exit(sum('failed') === 0 ? 0 : 1);
});

function stepsFor({ only, file, long, 'with-long': withLong, fuzz }) {
  if (long) return LONG_STEPS;
  if (withLong) return ALL_STEPS;
  if (fuzz) return LONG_STEPS.filter(({ name }) => FUZZ_STEPS.includes(name));
  if (file !== undefined) return stepsOfFile(file);
  if (only !== undefined) return STEPS.filter(({ parts }) => parts?.includes(only));
  return STEPS.filter(({ name }) => !onlyLong.has(name));
}

/** Bundles and runs some test files alone. */
function stepsOfFile(name) {
  const files = ['unit', 'server'].flatMap((part) => testFiles(part)).filter((file) => file.includes(name));
  if (files.length === 0) {
    throw new ScriptError(`--file: no test file of test/unit or test/server has ${name} in its path.`);
  }
  return [
    { name: 'build', args: ['esbuild.mjs', ...files.map((file) => `--file=${file}`)], needed: true },
    { name: files.join(' '), args: nodeTests(files.map(bundleOf)), tests: true, after: ['build'] },
  ];
}

function stepNamed(wanted) {
  return STEPS.find(({ name }) => name === wanted);
}

/** With its arguments and its environment, and after only the steps of this run. */
function prepared(step) {
  const environment = testEnvironment(root, path.join('cache', step.name));
  // VS Code is found in the user's cache.
  if (!step.tests || step.window) environment.XDG_CACHE_HOME = process.env.XDG_CACHE_HOME;
  const args = typeof step.args === 'function' ? step.args() : step.args;
  return { ...step, args, env: { ...environment, ...step.env } };
}

/** Not everything in out-test: some may be from deleted tests. */
function bundlesOf(part, which = () => true) {
  return testFiles(part).filter(which).map(bundleOf);
}

function packageTests() {
  const folder = path.join('test', 'package');
  const files = readdirSync(path.join(root, folder)).filter((file) => file.endsWith('.test.mjs'));
  return nodeTests(files.map((file) => path.join(folder, file)));
}

function summary({ name, passed, failed, note, time, cpu }) {
  const tests = passed > 0 ? `${passed} passed` : '';
  const what = [tests, failed > 0 ? `${failed} failed` : '', note].filter(Boolean).join(', ') || 'ok';
  const processor = cpu > 0 ? `${cpu.toFixed(0)} s CPU` : '';
  return `${failed > 0 ? 'FAIL' : 'ok  '} ${name.padEnd(17)} ${time.padStart(8)}  ${processor.padStart(9)}  ${what}`;
}

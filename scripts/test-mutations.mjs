// `npm run test:mutations`: would the tests notice mistakes? Breaks a copy of the sources on purpose, one at a time
// (test/mutations/list.mjs), and runs the unit and server tests named for it.
//   node scripts/test-mutations.mjs [part of a break's name] [--all]
// --all runs every unit and server test against each break, not only the listed ones: that takes hours.
// Each break is caught (the test is named) or survives; exits with 1 if one survives or the list is out of date.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { mutations } from '../test/mutations/list.mjs';
import { ensureInstalled, main, root, ScriptError, seconds } from './ensure.mjs';
import { testEnvironment } from './test-environment.mjs';

/** Folders that are copied; everything else is linked, since no break changes it. */
const COPIED = ['server', 'src', 'test', 'esbuild.mjs', 'package.json', 'tsconfig.json'];
/** A break may make a test wait forever. */
const TEST_MS = 5 * 60_000;

main(async () => {
  const { values, positionals } = parseArgs({ options: { all: { type: 'boolean' } }, allowPositionals: true });
  const wanted = mutations.filter(({ name }) => name.includes(positionals[0] ?? ''));
  if (wanted.length === 0) throw new ScriptError(`No break has "${positionals[0]}" in its name.`);
  checkList();
  await ensureInstalled();
  const copy = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-mutations-'));
  try {
    process.exitCode = (await tryAll(copyTree(copy), wanted, values.all)) ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** @throws ScriptError that names every break whose text does not occur exactly once in its file */
function checkList() {
  const stale = mutations.filter((each) => breakOf(each) === undefined).map(({ name, file }) => `${file}: ${name}`);
  if (stale.length === 0) return;
  throw new ScriptError(
    `The text to be replaced must occur once; it does not (write the break again, test/mutations/list.mjs):\n${stale.join('\n')}`,
  );
}

/** The file with the break in it; undefined: the text does not occur exactly once. */
function breakOf({ file, find, replace }, folder = root) {
  const parts = readFileSync(path.join(folder, file), 'utf8').split(find);
  return parts.length === 2 ? parts.join(replace) : undefined;
}

function copyTree(folder) {
  for (const name of readdirSync(root)) {
    if (name === '.git' || name === 'out-test' || name === 'dist' || name.endsWith('.vsix')) continue;
    if (COPIED.includes(name)) cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
    else symlinkSync(path.join(root, name), path.join(folder, name));
  }
  return folder;
}

/** @returns whether all were caught */
async function tryAll(copy, wanted, everything) {
  const named = everything ? allTests() : [...new Set(wanted.flatMap(({ tests }) => tests))];
  const began = Date.now();
  await bundle(copy, named);
  const sound = await run(copy, named);
  if (sound.failed) throw new ScriptError(`Without any break these tests fail already:\n${sound.names.join('\n')}`);
  console.log(`without a break: ${named.length} test files pass (${seconds(began)})`);
  let survived = 0;
  for (const mutation of wanted) {
    const start = Date.now();
    const tests = everything ? named : mutation.tests;
    const file = path.join(copy, mutation.file);
    const original = readFileSync(file, 'utf8');
    writeFileSync(file, breakOf(mutation, copy));
    await bundle(copy, tests);
    const { failed, names } = await run(copy, tests);
    writeFileSync(file, original);
    if (!failed) survived++;
    const by = names.length > 1 ? `${names[0]} (and ${names.length - 1} more)` : names[0];
    console.log(
      `${failed ? 'caught  ' : 'SURVIVED'} ${mutation.name} (${seconds(start)})${failed ? `\n         by ${by}` : ''}`,
    );
  }
  console.log(`mutations: ${wanted.length - survived} caught, ${survived} survived`);
  return survived === 0;
}

function allTests() {
  return ['unit', 'server'].flatMap((part) =>
    readdirSync(path.join(root, 'test', part), { recursive: true })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => path.join(part, file)),
  );
}

/** Bundles the tests to run, and the processes that server tests start. */
async function bundle(copy, tests) {
  const { bundles, evaluationBundle, testBundles } = await import('../esbuild.mjs');
  for (const each of [bundles, evaluationBundle, testBundles(tests.map((file) => path.join('test', file)))]) {
    await build({ ...each, absWorkingDir: copy });
  }
}

/** @returns whether a test failed, and the names of those that did */
function run(copy, tests) {
  const files = tests.map((file) => path.join('out-test', file.replace(/\.ts$/, '.js')));
  const child = spawn(
    process.execPath,
    ['--test', '--test-reporter=tap', `--test-timeout=${TEST_MS}`, '--test-force-exit', ...files],
    { cwd: copy, env: testEnvironment(copy), stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  return new Promise((resolve) =>
    child.once('close', (code) => {
      // Suites and files fail with their tests, which give the reason.
      const failures = output.matchAll(/^\s*not ok \d+ - (.*)\n\s*---\n(?:.*\n)*?\s*failureType: '(\w+)'/gm);
      const names = [...failures].filter(([, , type]) => type !== 'subtestsFailed').map(([, name]) => name);
      resolve({ failed: code !== 0, names: names.length > 0 ? names : [`the end of the process: exit code ${code}`] });
    }),
  );
}

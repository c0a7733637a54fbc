// What can break, broken on purpose: `npm run test:faults`.
//   node test/faults/run.mjs [part of a file's name] [--seed N] [--soak embedded] [--long] [--built]
// --long runs what tries more in `npm run test:long`, and nothing else; --with-long runs that and the others, all at length.
// The seed of every random choice is 1 unless one is given, and is printed; the same seed breaks the same things.
// Last line: "faults: N passed, N failed".
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { ensureBuilt, main, root, seconds } from '../../scripts/ensure.mjs';
import { testFiles } from '../../scripts/test-files.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(root, 'out-test', 'faults');
/** Themes that need what a system has not got: /proc and prlimit, signals that stop, folders that are renamed while in use. */
const elsewhere = {
  darwin: ['memory', 'soak'],
  win32: ['memory', 'soak', 'hung', 'disk', 'extractions', 'files', 'others', 'engine-crash'],
};
/** A single test, which ends long before unless it hangs. */
const TEST_MS = 30 * 60_000;

main(async () => {
  const options = {
    seed: { type: 'string' },
    soak: { type: 'string' },
    long: { type: 'boolean' },
    'with-long': { type: 'boolean' },
    built: { type: 'boolean' },
  };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const given = values.seed ?? process.env.ASKBERT_SEED;
  const seed = Number(given ?? 1);
  const began = Date.now();
  if (!values.built) await ensureBuilt();
  const sources = readdirSync(here).filter((file) => file.endsWith('.ts'));
  const without = elsewhere[process.platform] ?? [];
  const [part] = positionals;
  // For a debugger.
  const sourcemap = part !== undefined && 'inline';
  await bundle(
    sources.filter((file) => file.endsWith('.test.ts') || file.startsWith('child-')),
    sourcemap,
  );
  // A file that is named is run, whenever it is run otherwise.
  const chosen = part !== undefined ? sources.filter((file) => file.endsWith('.test.ts')) : usual(values);
  const tests = chosen.filter((file) => file.includes(part ?? '') && !without.includes(file.replace('.test.ts', '')));
  if (without.length > 0) console.log(`faults: not on ${process.platform}: ${without.join(', ')}`);
  console.log(`faults: seed ${seed} (again: node test/faults/run.mjs --seed ${seed})`);
  // Other runs may have the same seed.
  const mark = `${process.pid}-${began}`;
  const { code, output } = await run(tests, {
    ASKBERT_FAULT_RUN: mark,
    ...(given === undefined ? {} : { ASKBERT_SEED: given }),
    ASKBERT_SOAK: values.soak ?? 'tiny',
    ASKBERT_LONG: values.long || values['with-long'] ? '1' : '',
  });
  const left = await orphans(`ASKBERT_FAULT_RUN=${mark}`);
  for (const each of left) console.log(`✖ a process was left behind: ${each}`);
  const count = (name) => Number(new RegExp(`^\\S* ?${name} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  const failed = count('fail') + count('cancelled') + count('skipped') + count('todo') + left.length;
  const passed = count('pass');
  console.log(`${seconds(began)} in all, seed ${seed}`);
  console.log(`faults: ${passed} passed, ${failed || (code === 0 && passed > 0 ? 0 : 1)} failed`);
  process.exit(code === 0 && passed > 0 && failed === 0 ? 0 : 1);
});

function usual({ long, 'with-long': withLong }) {
  const files = new Set([...testFiles('faults', long), ...(withLong ? testFiles('faults', true) : [])]);
  return [...files].map((file) => path.basename(file));
}

/** Processes of this run that outlive it by more than their watchdogs need; known by their environment, on Linux. */
async function orphans(mark) {
  if (process.platform !== 'linux') return [];
  let left = [];
  for (let waited = 0; waited < 600; waited++) {
    left = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
      .flatMap((pid) => {
        try {
          const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
          return environment.includes(mark) ? [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'latin1')}`] : [];
        } catch {
          return []; // it has just ended, or is somebody else's
        }
      });
    if (left.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return left;
}

/** With a stand-in for `vscode`, so that the extension's client of the sidecar runs in plain Node. */
function bundle(files, sourcemap) {
  return build({
    entryPoints: [...files.map((file) => path.join(here, file)), path.join(root, 'test', 'exthost', 'fake-sidecar.ts')],
    outdir: out,
    entryNames: '[name]',
    bundle: true,
    platform: 'node',
    target: 'node20.18',
    format: 'cjs',
    mainFields: ['module', 'main'],
    alias: { vscode: path.join(here, 'vscode.ts') },
    external: ['onnxruntime-node'],
    sourcemap,
    logLevel: 'warning',
  });
}

function run(tests, environment) {
  const files = tests.map((file) => path.join(out, file.replace(/\.ts$/, '.js')));
  const args = [
    '--test',
    '--test-reporter=spec',
    '--test-concurrency=2',
    '--test-force-exit',
    `--test-timeout=${TEST_MS}`,
    ...files,
  ];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    process.stdout.write(text);
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? 1, output })));
}

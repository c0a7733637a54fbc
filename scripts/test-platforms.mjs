// `npm run test:platforms`: runs the packages on other systems and processors, emulated if necessary.
//   node scripts/test-platforms.mjs [--only PATTERN] [--packaged] [--here]
// --only runs the platforms whose name matches; --packaged uses the existing VSIX files; --here runs only this
// machine's own package, which works on every system. What is unavailable counts as a failure with its reason.
// Prints what ran and how 8-bit logits differ from FP32 on each processor. Last line: "N passed, N failed".
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runChecks } from '../test/platforms/checks.mjs';
import { ensureBuilt, main, root, ScriptError, seconds } from './ensure.mjs';
import { makePackage, vsixName } from './package.mjs';

/** How much lower F1 of twenty questions may be than in FP32 on this machine. */
const F1_TOLERANCE = 5;
/** Largest difference of logits: in FP32 in logits, in 8-bit as a fraction of their spread. */
const FP32_TOLERANCE = 2e-3;
const INT8_TOLERANCE = 0.1;
/** Emulated processors run on one thread each; two at once leave no core idle. */
const AT_ONCE = Math.min(4, os.availableParallelism());

main(async () => {
  const options = { only: { type: 'string' }, packaged: { type: 'boolean' }, here: { type: 'boolean' } };
  const { values } = parseArgs({ options });
  if (!values.here && `${process.platform}-${process.arch}` !== 'linux-x64') {
    throw new ScriptError(
      `Other platforms are emulated on linux-x64 alone, this is ${process.platform}-${process.arch}. --here runs its own package.`,
    );
  }
  const began = Date.now();
  await ensureBuilt();
  const { machines, UNRUN } = await import('../test/platforms/machines.mjs');
  const all = machines(values.here);
  const pattern = values.only === undefined ? undefined : new RegExp(values.only, 'i');
  // The reference is always needed.
  const chosen = all.filter(({ name, isReference }) => isReference || (pattern?.test(name) ?? true));
  if (pattern && !all.some(({ name }) => pattern.test(name))) {
    throw new ScriptError(`--only: found ${values.only}, expected one of ${all.map(({ name }) => name).join(', ')}.`);
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-platforms-'));
  try {
    const prepared = await prepare(folder, new Set(chosen.map(({ target }) => target)), values.packaged);
    const rows = [];
    const finish = (row) => {
      rows.push(...row);
      for (const each of row) console.log(line(each));
    };
    const [reference, ...others] = chosen;
    const own = await runMachine(reference, prepared);
    finish(own.rows);
    const expected = { f1: own.f1, logits: own.logits };
    const logits = new Map([[reference.name, own.logits]]);
    const queue = [...others];
    const next = async () => {
      for (let machine = queue.shift(); machine; machine = queue.shift()) {
        const done = await runMachine(machine, prepared, expected);
        logits.set(machine.name, done.logits);
        finish(done.rows);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
    finish(compare(logits, expected.logits));
    if (!values.here) console.log(`\nNot run:\n${UNRUN.map((each) => `  ${each}`).join('\n')}`);
    console.log(`\n${seconds(began)} in all`);
    const failed = rows.filter(({ passed }) => !passed).length;
    console.log(`${rows.length - failed} passed, ${failed} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Unpacks the packages and prepares the files for the checks. */
async function prepare(folder, targets, packaged) {
  const { openVsix } = await import('../test/package/vsix.mjs');
  const { build } = await import('esbuild');
  const { bundles } = await import('../esbuild.mjs');
  const { squad } = await import('../test/platforms/squad.mjs');
  const extensions = new Map();
  for (const target of targets) {
    const file = path.join(root, vsixName(target));
    if (packaged && !existsSync(file)) throw new ScriptError(`--packaged: ${file} is not there.`);
    if (!packaged) await makePackage({ target, build: false });
    const vsix = await openVsix(file);
    for (const [name, entry] of vsix.files) {
      const to = path.join(folder, target, name);
      mkdirSync(path.dirname(to), { recursive: true });
      writeFileSync(to, await entry.read());
    }
    vsix.close();
    const extension = path.join(folder, target, 'extension');
    extensions.set(target, extension);
    // Next to the package's own bundles, where they find its ONNX Runtime. The measuring commands are not packed; under
    // the name `evaluation` they would replace the package's command line.
    await build({
      ...bundles,
      entryPoints: {
        'platform-logits': path.join(root, 'test', 'platforms', 'logits.ts'),
        'platform-evaluation': path.join(root, 'server', 'evaluation', 'main.ts'),
      },
      outdir: path.join(extension, 'dist'),
    });
  }
  const questions = path.join(folder, 'squad.json');
  writeFileSync(questions, JSON.stringify(squad()));
  return { folder, extensions, questions };
}

let runs = 0;

/** Runs the checks of a machine: a row for each, F1 of the questions, and the logits if they were computed. */
async function runMachine(machine, { folder, extensions, questions }, expected) {
  const { name, target } = machine;
  const began = Date.now();
  let launcher;
  try {
    launcher = await machine.start();
  } catch (error) {
    const detail = `cannot be had here: ${error.message}`;
    return { rows: [{ name, check: 'all', passed: false, detail, seconds: (Date.now() - began) / 1000 }] };
  }
  const extension = extensions.get(target);
  const own = launcher.drive
    ? path.join(launcher.drive, `ask-bert-${process.pid}`)
    : path.join(folder, `run-${++runs}`);
  mkdirSync(own, { recursive: true });
  try {
    const there = launcher.drive ? (file) => windowsPath(launcher.drive, file) : (file) => file;
    const models = ['tiny-f32', 'tiny-int8'].map((each) => [each, path.join(root, 'test', 'fixtures', 'models', each)]);
    models.push(['embedded', path.join(extension, 'models', 'default')]);
    const list = path.join(own, 'models.json');
    writeFileSync(list, JSON.stringify(models.map(([each, where]) => ({ name: each, folder: there(where) }))));
    const logits = path.join(own, 'logits.json');
    const settings = {
      squad: { squad: there(questions), expected: expected?.f1, tolerance: F1_TOLERANCE },
      logits: {
        bundle: there(path.join(extension, 'dist', 'platform-logits.js')),
        models: there(list),
        out: there(logits),
      },
    };
    const checks = machine.checks.map(([check, options]) => [check, { ...settings[check], ...options }]);
    const job = { launcher, extension: there(extension), folder: there(own), checks };
    const results = launcher.drive ? await inside(job, own, there) : await runChecks(job);
    const rows = results.map((result, i) => {
      const precision = machine.checks[i]?.[1]?.precision;
      return { name, ...result, check: precision ? `${result.check}, ${precision}` : result.check };
    });
    const f1 = /^F1 ([\d.]+)/.exec(results.find(({ check }) => check === 'squad')?.detail)?.[1];
    return {
      rows,
      f1: f1 && Number(f1),
      logits: existsSync(logits) ? JSON.parse(readFileSync(logits, 'utf8')) : undefined,
    };
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/** A file of this machine as a Wine path: its drive C, and the whole file system as drive Z. */
function windowsPath(drive, file) {
  const name = file.startsWith(drive) ? `C:${file.slice(drive.length)}` : `Z:${file}`;
  return name.replaceAll('/', '\\');
}

/** Runs the checks in the platform itself, since Node in Wine cannot use the pipes of a Linux program. */
async function inside({ launcher, ...job }, own, there) {
  const [command, out, file, log] = [launcher.args[0], 'results.json', 'job.json', 'log.txt'].map((each, i) =>
    i === 0 ? each : path.join(own, each),
  );
  writeFileSync(file, JSON.stringify({ ...job, launcher: { command: there(command), args: [] }, out: there(out) }));
  const script = path.join(root, 'test', 'platforms', 'checks.mjs');
  const descriptor = openSync(log, 'w');
  const code = await new Promise((resolve) => {
    const child = spawn(launcher.command, [...launcher.args, there(script), there(file)], {
      cwd: own,
      env: { ...process.env, ...launcher.env },
      stdio: ['ignore', descriptor, descriptor],
    });
    child.once('error', (error) => resolve(error.message));
    child.once('close', (status, signal) => resolve(signal ?? status));
  });
  closeSync(descriptor);
  if (existsSync(out)) return JSON.parse(readFileSync(out, 'utf8'));
  const detail = `The checks ended with ${code}: ${readFileSync(log, 'utf8').trim().slice(-600)}`;
  return [{ check: 'all', passed: false, detail, seconds: 0 }];
}

/**
 * Compares logits with those of FP32 on the reference, prints the table, and returns a row for each processor and
 * model.
 */
function compare(all, reference) {
  const rows = [];
  if (!reference) return rows;
  const table = [['processor', 'model', 'FP32', '8-bit', '8-bit, part of the spread']];
  for (const [name, logits] of all) {
    for (const [model, { fp32, int8 }] of Object.entries(logits ?? {})) {
      const expected = reference[model].fp32;
      if (typeof expected === 'string') continue; // the reference itself has failed, as shown in its own row
      const spread = Math.max(...expected) - Math.min(...expected);
      const [float, integer] = [fp32, int8].map((found) => difference(found, expected));
      const part = integer / spread;
      const percent = `${(100 * part).toFixed(1)} % of ${spread.toFixed(1)}`;
      table.push([name, model, float.toExponential(1), integer.toFixed(3), percent]);
      const refused = [fp32, int8].find((found) => typeof found === 'string');
      const passed = float <= FP32_TOLERANCE && part <= INT8_TOLERANCE;
      const detail = refused ?? `FP32 ${float.toExponential(1)}, 8-bit ${percent}; at most ${100 * INT8_TOLERANCE} %`;
      rows.push({ name, check: `logits of ${model}`, passed, detail, seconds: 0 });
    }
  }
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  console.log("\nLargest differences of logits from this processor's in FP32:");
  for (const row of table) console.log(`  ${row.map((cell, i) => cell.padEnd(widths[i])).join('  ')}`.trimEnd());
  console.log('');
  return rows;
}

/** Infinite if they cannot be compared. */
function difference(found, expected) {
  if (typeof found === 'string' || found.length !== expected.length) return Infinity;
  return found.reduce(
    (worst, value, i) => (value === null ? Infinity : Math.max(worst, Math.abs(value - expected[i]))),
    0,
  );
}

const line = ({ name, check, passed, detail, seconds: time }) =>
  [name.padEnd(26), check.padEnd(20), passed ? 'passed' : 'FAILED', `${time.toFixed(0)} s`.padStart(5), detail].join(
    '  ',
  );

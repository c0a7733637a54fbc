// The oldest system that our binaries for Linux run on: the newest symbol versions that each requires, by objdump.
// Fails above the ceilings: ONNX Runtime's own requirement (measured), and for the add-on of a release the same glibc.
//
//   node scripts/check-glibc.mjs                 ONNX Runtime's binaries; the add-on of this machine is only reported
//   node scripts/check-glibc.mjs --release       the add-on as well: it must have been built on an old system
//   node scripts/check-glibc.mjs --max GLIBC_2.17 FILE...   other files against a given ceiling
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { main, root, ScriptError } from './ensure.mjs';
import { addonFiles, runtimeFiles } from './targets.mjs';

/** glibc 2.28 is that of RHEL 8 and Debian 10; GLIBCXX_3.4.22 came with GCC 6. */
const CEILING = { GLIBC: '2.28', GLIBCXX: '3.4.22', CXXABI: '1.3.11' };

/** Compares dotted numbers. */
function compare(a, b) {
  const [x, y] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    if ((x[i] ?? 0) !== (y[i] ?? 0)) return (x[i] ?? 0) - (y[i] ?? 0);
  }
  return 0;
}

/**
 * Newest version of each family that a binary requires, with a symbol that needs it: { GLIBC: { version, symbol } }.
 */
export function symbolVersions(file) {
  const { error, status, stdout, stderr } = spawnSync('objdump', ['-T', file], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (error) throw new ScriptError('objdump is missing: install binutils (apt-get install binutils).');
  if (status !== 0) throw new ScriptError(`objdump cannot read ${file}: ${stderr.trim()}`);
  const newest = {};
  // Only undefined symbols: those defined in the file are not requirements.
  for (const [, family, version, symbol] of stdout.matchAll(
    /\*UND\*.*?\b(GLIBC|GLIBCXX|CXXABI)_([\d.]+)\)?\s+(\S+)/g,
  )) {
    if (!newest[family] || compare(version, newest[family].version) > 0) newest[family] = { version, symbol };
  }
  return newest;
}

/** Prints the requirements of a file; returns those above the ceiling. */
function check(file, ceiling) {
  const newest = symbolVersions(file);
  const shown = Object.entries(newest).map(([family, { version }]) => `${family}_${version}`);
  console.log(`${path.relative(root, file)}: ${shown.join(', ') || 'no versions'}`);
  return Object.entries(newest)
    .filter(([family, { version }]) => ceiling[family] && compare(version, ceiling[family]) > 0)
    .map(
      ([family, { version, symbol }]) =>
        `${path.relative(root, file)}: ${symbol} needs ${family}_${version}, the ceiling is ${family}_${ceiling[family]}`,
    );
}

function parseCeiling(text) {
  const [, family, version] = /^(GLIBC|GLIBCXX|CXXABI)_(\d+(?:\.\d+)*)$/.exec(text) ?? [];
  if (!family) throw new ScriptError(`--max: found ${text}, expected a version such as GLIBC_2.28.`);
  return { [family]: version };
}

main(async () => {
  const options = { release: { type: 'boolean' }, max: { type: 'string', multiple: true } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const missing = positionals.find((file) => !existsSync(file));
  if (missing) throw new ScriptError(`There is no file ${missing}.`);
  const ceiling = { ...CEILING, ...Object.assign({}, ...(values.max ?? []).map(parseCeiling)) };
  const problems = [];
  if (positionals.length > 0) {
    for (const file of positionals) problems.push(...check(path.resolve(file), ceiling));
  } else {
    const targets = ['linux-x64', 'linux-arm64'];
    const runtime = targets.flatMap((target) => [...runtimeFiles(target).values()]);
    for (const file of runtime.filter((each) => /\.(node|so\.\d+)$/.test(each))) problems.push(...check(file, ceiling));
    const addon = targets.flatMap((target) => [...addonFiles(target).values()]);
    if (values.release && addon.length === 0) throw new ScriptError('--release: the add-on is not built (native/bin).');
    for (const file of addon) {
      const above = check(file, ceiling);
      if (values.release) problems.push(...above);
      else if (above.length > 0)
        console.log('  built here, for systems as new as this one; a release is built on an older one');
    }
  }
  if (problems.length > 0) throw new ScriptError(problems.join('\n'));
});

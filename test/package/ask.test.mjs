// The VSIX of this platform, unpacked and asked; then with a damaged ONNX Runtime: one clear error each.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ensureBuilt, root } from '../../scripts/ensure.mjs';
import { makePackage, vsixName } from '../../scripts/package.mjs';
import { ensureRuntime, hostTarget, runtimeFolder } from '../../scripts/targets.mjs';
import { openVsix } from './vsix.mjs';

/** Nothing takes this long unless it hangs. */
const END_MS = 10 * 60_000;

const folder = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-vsix-'));
const extension = path.join(folder, 'extension');
const runtime = path.join('node_modules', 'onnxruntime-node');
const binaries = path.join(runtime, 'bin', 'napi-v6', process.platform, process.arch);
const agreement = path.join(root, 'samples', 'service-agreement.md');
const question = 'What is the monthly fee?';

after(() => rmSync(folder, { recursive: true, force: true }));

before(async () => {
  await ensureBuilt();
  const vsix = await openVsix(path.join(root, vsixName(hostTarget))).catch(async () =>
    openVsix((await makePackage()).packagePath),
  );
  for (const [name, entry] of vsix.files) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, await entry.read());
  }
  vsix.close();
});

/** `ask` on the CPU. */
const ask = (where) => cli(where, 'ask', agreement, '--question', question, '--engine', 'cpu', '--json');

/** The CLI of an extension folder, far from this repository's node_modules. */
function cli(where, ...rest) {
  const args = [path.join(where, 'dist', 'cli.js'), ...rest];
  const environment = { ...process.env, LANG: 'C', LC_ALL: 'C', NODE_PATH: '' };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, env: environment, timeout: END_MS }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stdout, stderr });
    });
  });
}

/** The extension with another ONNX Runtime: a copy of its packages that `change` works on, everything else the same. */
function changed(name, change) {
  const copy = path.join(folder, name);
  mkdirSync(copy);
  for (const part of ['dist', 'package.json', 'l10n'])
    cpSync(path.join(extension, part), path.join(copy, part), { recursive: true });
  symlinkSync(path.join(extension, 'models'), path.join(copy, 'models'), 'junction');
  cpSync(path.join(extension, 'node_modules'), path.join(copy, 'node_modules'), { recursive: true });
  change(copy);
  return copy;
}

/** One line that says what is wrong and what to do, exit code 1, nothing on standard output. */
async function refused(where, ...words) {
  const { code, stdout, stderr } = await ask(where);
  assert.equal(code, 1, stderr);
  assert.equal(stdout, '');
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
  for (const each of words) assert.match(stderr, each);
}

describe(`VSIX of ${hostTarget}, unpacked`, () => {
  it('answers a question', async () => {
    const { code, stdout, stderr } = await ask(extension);
    assert.equal(code, 0, stderr);
    const { answers, engine } = JSON.parse(stdout);
    assert.match(answers[0].text, /EUR 4,850/);
    assert.equal(engine.name, 'cpu');
  });

  it('has the commands of users, not those that measure', async () => {
    const { code, stdout } = await cli(extension, '--help');
    assert.equal(code, 0);
    const commands = [...stdout.matchAll(/^ {2}ask-bert (\w+)/gm)].map(([, name]) => name);
    assert.deepEqual(commands, [
      'ask',
      'extract',
      'merge',
      'text',
      'info',
      'model',
      'engines',
      'build',
      'calibrate',
      'export',
      'serve',
      'mcp',
    ]);
    const { code: refused, stderr } = await cli(extension, 'evaluate', agreement);
    assert.equal(refused, 2);
    assert.match(stderr, /^ask-bert: Unknown arguments?: evaluate/);
  });

  it('says which file is missing', async () => {
    const binding = path.join(binaries, 'onnxruntime_binding.node');
    const without = changed('no-binding', (copy) => rmSync(path.join(copy, binding)));
    await refused(without, /onnxruntime_binding\.node is missing/, /Install the package .* for this platform/);
  });

  it('says that a binary is none', async () => {
    const garbage = changed('garbage', (copy) =>
      writeFileSync(path.join(copy, binaries, 'onnxruntime_binding.node'), 'no library at all '.repeat(999)),
    );
    await refused(
      garbage,
      new RegExp(`cannot be loaded for ${hostTarget}`),
      /Install the package .* for this platform/,
    );
  });

  if (process.platform === 'linux') {
    it('says which library is missing', async () => {
      const without = changed('no-library', (copy) => rmSync(path.join(copy, binaries, 'libonnxruntime.so.1')));
      await refused(without, /libonnxruntime\.so\.1 is missing/, /Install the package .* for this platform/);
    });

    it('says that the binary is of another architecture', async () => {
      const other = hostTarget === 'linux-x64' ? 'arm64' : 'x64';
      const foreign = changed('foreign', (copy) =>
        cpSync(path.join(root, runtime, 'bin', 'napi-v6', 'linux', other), path.join(copy, binaries), {
          recursive: true,
        }),
      );
      await refused(foreign, new RegExp(`cannot be loaded for ${hostTarget}`));
    });

    // The name of the version is changed in the binary; the loader then looks for one that no glibc has.
    for (const [from, to, words] of [
      ['GLIBC_2.14', 'GLIBC_2.99', [/it needs glibc 2\.99 or newer; this system has \d\.\d+\./, /RHEL 8/]],
      ['GLIBCXX_3.4.21', 'GLIBCXX_3.9.99', [/it needs libstdc\+\+ with GLIBCXX_3\.9\.99/]],
    ]) {
      it(`names the version that it needs: ${to}`, async () => {
        const newer = changed(to, (copy) => {
          const file = path.join(copy, binaries, 'onnxruntime_binding.node');
          const text = readFileSync(file, 'latin1');
          assert.ok(text.includes(`${from}\0`), `${from} is not in the binary any more: choose another version`);
          writeFileSync(file, text.replace(`${from}\0`, `${to}\0`), 'latin1');
        });
        await refused(newer, ...words);
      });
    }
  }
});

// macOS on Intel gets an older ONNX Runtime. Its binary for this platform must answer as the new one does.
describe(`ONNX Runtime of darwin-x64, on ${hostTarget}`, () => {
  const older = path.join(runtimeFolder('darwin-x64'), 'node_modules');
  before(() => ensureRuntime('darwin-x64'));

  it('gives the same answers with the embedded model', async () => {
    const copy = changed('older', (where) => {
      for (const name of ['onnxruntime-node', 'onnxruntime-common']) {
        rmSync(path.join(where, 'node_modules', name), { recursive: true });
        symlinkSync(path.join(older, name), path.join(where, 'node_modules', name), 'junction');
      }
    });
    const [now, then] = (await Promise.all([ask(extension), ask(copy)])).map(({ stdout }) => JSON.parse(stdout));
    const manifest = JSON.parse(readFileSync(path.join(copy, runtime, 'package.json'), 'utf8'));
    assert.equal(manifest.version, '1.23.2');
    assert.equal(then.engine.precision, now.engine.precision);
    assert.deepEqual(places(then)[0], places(now)[0]);
    // In 8-bit the order of two that are equally likely may differ.
    const sorted = (result) => places(result).sort((a, b) => a.start - b.start);
    assert.deepEqual(sorted(then), sorted(now));
  });

  it('passes every test of the CPU engine', async () => {
    const redirect = path.join(folder, 'older.cjs');
    writeFileSync(
      redirect,
      `const Module = require('node:module');
       const find = Module._resolveFilename;
       Module._resolveFilename = (name, ...rest) =>
         name === 'onnxruntime-node' ? ${JSON.stringify(path.join(older, 'onnxruntime-node', 'dist', 'index.js'))} : find(name, ...rest);
       process.once('exit', () => process.stderr.write('ran with ' + require('onnxruntime-node').env.versions.node + '\\n'));`,
    );
    const test = path.join(root, 'out-test', 'unit', 'engine', 'cpu-engine.test.js');
    const { code, stdout, stderr } = await new Promise((resolve) => {
      const environment = { ...process.env, NODE_TEST_CONTEXT: undefined };
      execFile(
        process.execPath,
        ['--require', redirect, test],
        { env: environment, timeout: END_MS },
        (error, out, err) => resolve({ code: error ? error.code : 0, stdout: out, stderr: err }),
      );
    });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /pass [1-9]/);
    assert.match(stderr, /ran with 1\.23\.2/);
  });
});

const places = ({ answers }) => answers.map(({ start, end, text }) => ({ start, end, text }));

// Compiles the native add-on in its three flavours into native/bin/<platform>-<arch>/. Up-to-date files are left alone.
// If a tool is missing it says so and exits 0, since the CPU engine does not need it; with --require, or
// ASKBERT_REQUIRE_NATIVE=1 in the environment, it exits 1.
//
//   node scripts/build-native.mjs [--require] [--flavour trt10|trt11|rtx] [--sanitize]
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { flavours, tensorRtHeaders } from './fetch-tensorrt-headers.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const args = process.argv.slice(2);
const sanitize = args.includes('--sanitize');
const wanted = args.includes('--flavour') ? [args[args.indexOf('--flavour') + 1]] : flavours;
const bin = path.join(root, 'native', sanitize ? 'bin-sanitized' : 'bin', `${process.platform}-${process.arch}`);

const nameOf = (flavour) => `askbert_${flavour}.node`;

/** Time of the latest change of any source. */
function sourcesChanged() {
  const native = path.join(root, 'native');
  const files = readdirSync(path.join(native, 'src')).map((file) => path.join(native, 'src', file));
  return Math.max(...[...files, path.join(native, 'CMakeLists.txt')].map((file) => statSync(file).mtimeMs));
}

function upToDate(flavour, changed) {
  const file = path.join(bin, nameOf(flavour));
  return existsSync(file) && statSync(file).mtimeMs >= changed;
}

/** All of them by one run of CMake, which examines the compiler once. */
function build(stale, headers) {
  const out = path.join(root, 'native', sanitize ? 'build-sanitized' : 'build');
  const defines = {
    ASKBERT_FLAVOURS: stale.join(','),
    ASKBERT_TENSORRT_HEADERS: headers,
    ASKBERT_NODE_ADDON_API: path.dirname(require.resolve('node-addon-api/package.json')),
    ASKBERT_SANITIZE: sanitize ? 'ON' : 'OFF',
  };
  const parameters = ['--directory', path.join(root, 'native'), '--out', out, '--parallel', '2'];
  for (const [name, value] of Object.entries(defines)) parameters.push(`--CD${name}=${value}`);
  const cmakeJs = path.join(path.dirname(require.resolve('cmake-js/package.json')), 'bin', 'cmake-js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cmakeJs, 'compile', ...parameters], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) {
    const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
    const errors = lines.filter((line) => /error/i.test(line));
    throw new Error(
      `${stale.join(', ')}: does not compile:\n${(errors.length ? errors : lines).slice(0, 20).join('\n')}`,
    );
  }
  mkdirSync(bin, { recursive: true });
  for (const name of stale.map(nameOf)) {
    const made = [path.join(out, 'Release', name), path.join(out, name)].find(existsSync);
    if (!made) throw new Error(`cmake-js left no ${name} in ${out}`);
    copyFileSync(made, path.join(bin, name));
    console.log(`native: ${name} built`);
  }
}

function need(command, what) {
  if (spawnSync(command, ['--version']).error) throw new Error(`${command} is missing: ${what}`);
}

try {
  const changed = sourcesChanged();
  const stale = wanted.filter((flavour) => !upToDate(flavour, changed));
  if (stale.length > 0) {
    need('cmake', 'the native add-on is built with CMake 3.18 or newer');
    build(stale, tensorRtHeaders());
  }
} catch (error) {
  console.error(`native: ${error.message}`);
  const without = sanitize
    ? 'no tests under the sanitizers'
    : 'the TensorRT engines are not built; the CPU engine only';
  console.error(`native: ${without}.`);
  process.exitCode = args.includes('--require') || process.env.ASKBERT_REQUIRE_NATIVE === '1' ? 1 : 0;
}

// What `npm run bench:cpu` measures against: fetched once into a separate folder, never a dependency of the product.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { npm, root, ScriptError } from '../../scripts/ensure.mjs';

export const TRANSFORMERS = '@huggingface/transformers@4.3.2';
const PYTHON = ['onnxruntime==1.32.0', 'openvino==2026.4.1', 'onnx==1.23.2', 'sympy==1.14.0', 'numpy==2.4.6'];
/** Without its dependencies, which are only for downloads. */
const PYTHON_ALONE = ['tokenizers==0.23.3'];

export function run(command, args, what) {
  const r = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (r.status === 0) return;
  const said = (r.error?.message ?? `${r.stdout}${r.stderr}`).trim().split('\n').at(-1);
  throw new ScriptError(`${what} failed: ${said}`);
}

/** Transformers.js in `<cache>/node`, without the files for other platforms and browsers. */
export async function fetchTransformers(cache) {
  const folder = path.join(cache, 'node');
  const modules = path.join(folder, 'node_modules');
  if (existsSync(path.join(modules, '.package-lock.json'))) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  console.error(`Fetching ${TRANSFORMERS} ...`);
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder];
  const { code, output } = await npm([...args, TRANSFORMERS], folder);
  if (code !== 0)
    throw new ScriptError(`npm install ${TRANSFORMERS} failed: ${output.trim().replace(/\s+/g, ' ').slice(0, 300)}`);
  rmSync(path.join(modules, 'onnxruntime-web'), { recursive: true, force: true });
  const binaries = path.join(modules, 'onnxruntime-node', 'bin');
  for (const api of readdirSync(binaries)) {
    for (const platform of readdirSync(path.join(binaries, api))) {
      for (const arch of readdirSync(path.join(binaries, api, platform))) {
        if (platform === process.platform && arch === process.arch) continue;
        rmSync(path.join(binaries, api, platform, arch), { recursive: true });
      }
    }
  }
}

/** An interpreter in `<cache>/venv` that has the runtimes. @returns its path */
export function fetchPython(cache) {
  const venv = path.join(cache, 'venv');
  const python = path.join(venv, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  const stamp = path.join(venv, 'installed');
  if (existsSync(stamp)) return python;
  console.error(`Fetching ${[...PYTHON, ...PYTHON_ALONE].join(', ')} ...`);
  run(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', venv], 'python3 -m venv');
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:'];
  run(python, [...install, ...PYTHON], 'pip install');
  run(python, [...install, '--no-deps', ...PYTHON_ALONE], 'pip install');
  writeFileSync(stamp, '');
  return python;
}

/** The model in the format of the others, in `<cache>/model-<hash of its weights>`. @returns the folder */
export function exportModel(cache, model) {
  const hash = createHash('sha256')
    .update(readFileSync(path.join(model, 'model.safetensors')))
    .digest('hex');
  const folder = path.join(cache, `model-${hash.slice(0, 12)}`);
  if (!existsSync(path.join(folder, 'config.json'))) {
    mkdirSync(cache, { recursive: true });
    run(process.execPath, [path.join('out-bench', 'cpu', 'export.js'), model, folder], 'Exporting the model');
  }
  return folder;
}

/** The exported model as optimised by ONNX Runtime's own tools, if Python has `onnx`. */
export function optimiseModel(python, folder) {
  if (existsSync(path.join(folder, 'onnx', 'optimised_int8.onnx'))) return;
  run(python, [path.join('bench', 'cpu', 'runtimes.py'), 'prepare', folder], "ONNX Runtime's own optimiser");
}

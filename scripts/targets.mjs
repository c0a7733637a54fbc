// The platforms that Ask BERT is packed for, and the sources of their platform-specific files.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ensureInstalled, root } from './ensure.mjs';

/** As VS Code names them. */
export const TARGETS = ['linux-x64', 'linux-arm64', 'win32-x64', 'win32-arm64', 'darwin-arm64', 'darwin-x64', 'web'];

/** This machine. */
export const hostTarget = `${process.platform}-${process.arch}`;

/**
 * Folder below which the ONNX Runtime of a target is installed: 1.23 was the last one for macOS on Intel processors.
 */
const OLDER = { 'darwin-x64': path.join('packaging', 'darwin-x64') };
export const runtimeFolder = (target) => path.join(root, OLDER[target] ?? '');

/** All folders with a separate runtime. */
export const runtimeFolders = [...new Set(TARGETS.filter((target) => target !== 'web').map(runtimeFolder))];

/** Installs the runtime of a target if it is not installed yet. */
export const ensureRuntime = (target) => ensureInstalled(console.log, runtimeFolder(target));

/** Packages of ONNX Runtime, with the files needed at run time. */
const RUNTIME = {
  'onnxruntime-node': [/^dist\/[^/]+\.js$/],
  'onnxruntime-common': [/^dist\/cjs\/.+\.js$/, /^dist\/cjs\/package\.json$/],
};
export const runtimePackages = Object.keys(RUNTIME);

/**
 * In ONNX Runtime's folders, but never loaded by us: DirectML and its compilers (a GPU engine, loaded only on
 * request), and the second copy of the library for macOS (its binding names the one with the short version).
 */
const UNUSED = /^(DirectML|dxcompiler|dxil)\.dll$/i;
const isSecondCopy = (name, names) =>
  /^libonnxruntime\.\d+\.\d+\.\d+\.dylib$/.test(name) && names.includes(shortName(name));
const shortName = (name) => name.replace(/(\.\d+)\.\d+\.\d+\.dylib$/, '$1.dylib');

/**
 * ONNX Runtime's files for a target: path in the package -> file. The manifests of its packages are not among them.
 * @throws Error when the runtime has no complete binary for the target
 */
export function runtimeFiles(target) {
  const from = path.join(runtimeFolder(target), 'node_modules');
  const files = new Map();
  for (const [name, patterns] of Object.entries(RUNTIME)) {
    const all = readdirSync(path.join(from, name, 'dist'), { recursive: true }).map((file) =>
      file.replaceAll('\\', '/'),
    );
    for (const file of all.map((each) => `dist/${each}`)) {
      if (patterns.some((pattern) => pattern.test(file)))
        files.set(`node_modules/${name}/${file}`, path.join(from, name, file));
    }
  }
  const [platform, arch] = target.split('-');
  const folder = `onnxruntime-node/bin/napi-v6/${platform}/${arch}`;
  const names = existsSync(path.join(from, folder)) ? readdirSync(path.join(from, folder)) : [];
  const wanted = names.filter((name) => !UNUSED.test(name) && !isSecondCopy(name, names));
  if (!wanted.some((name) => name.endsWith('.node')) || wanted.length < 2) {
    throw new Error(`ONNX Runtime for ${target}: ${folder} is not complete, found ${names.join(', ') || 'nothing'}.`);
  }
  for (const name of wanted) files.set(`node_modules/${folder}/${name}`, path.join(from, folder, name));
  return files;
}

/** The native add-on, if it was built for the target; without it the CPU engine answers. */
export function addonFiles(target) {
  const folder = `native/bin/${target}`;
  const names = existsSync(path.join(root, folder)) ? readdirSync(path.join(root, folder)) : [];
  return new Map(
    names.filter((name) => name.endsWith('.node')).map((name) => [`${folder}/${name}`, path.join(root, folder, name)]),
  );
}

// Packs what a machine with an NVIDIA GPU, and without a network, needs to run test/gpu, in two archives that gpu/run.sh
// unpacks there: chunk.NN with what rarely changes (TensorRT, Node, ONNX Runtime for the reference logits, the weights)
// and code.NN with what does (the bundles, the add-ons, the small files of the models, SQuAD).
//
//   node scripts/pack-gpu.mjs OUT --tensorrt FOLDER [--squad FILE] [--chunk-mib 59] [--level 8]
//   node scripts/pack-gpu.mjs OUT --maven        TensorRT 10.6 through Maven's central repository (1.1 GB)
//   node scripts/pack-gpu.mjs OUT --code         the second one again, beside the chunks of an earlier call
//
// NVIDIA's own licence applies to TensorRT: the chunks are only for tests on your own machines.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: o, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tensorrt: { type: 'string' },
    maven: { type: 'boolean', default: false },
    code: { type: 'boolean', default: false },
    squad: { type: 'string' },
    'chunk-mib': { type: 'string', default: '59' },
    level: { type: 'string', default: '8' },
  },
});
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const artifact = { version: '10.6-1.5.11', classifier: 'linux-x86_64-redist' };
const libraries = ['libnvinfer.so.10', 'libnvinfer_builder_resource.so.10.6.0'];

function run(command, args, options = {}) {
  const { error, status, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (error) throw new Error(`${command} cannot be started: ${error.code}`);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${(stderr ?? '').trim()}`);
}

/** TensorRT's two libraries out of the jar that org.bytedeco publishes. */
function fromMaven(folder) {
  const coordinates = `org.bytedeco:tensorrt:${artifact.version}:jar:${artifact.classifier}`;
  run('mvn', ['-q', 'dependency:get', '-Dtransitive=false', `-Dartifact=${coordinates}`]);
  const jar = path.join(
    homedir(),
    '.m2/repository/org/bytedeco/tensorrt',
    artifact.version,
    `tensorrt-${artifact.version}-${artifact.classifier}.jar`,
  );
  run('unzip', ['-qoj', jar, ...libraries.map((name) => `org/bytedeco/tensorrt/linux-x86_64/${name}`), '-d', folder]);
}

/** Copies the files of a folder whose names pass. */
function take(from, to, name = /./) {
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from)) {
    if (name.test(file)) cpSync(path.join(from, file), path.join(to, file), { recursive: true });
  }
}

/** Copies the files of all models whose names pass. */
function takeModels(pack, name) {
  for (const model of readdirSync(path.join(root, 'models'))) {
    take(path.join(root, 'models', model), path.join(pack, 'models', model), name);
  }
}

const WEIGHTS = /\.safetensors$/;

/** What changes with every commit. */
function packCode(pack) {
  take(
    path.join(root, 'dist'),
    path.join(pack, 'dist'),
    /^(tensorrt-child|check-child|reader-thread|cli|evaluation|eld|undici)\.js$/,
  );
  takeModels(pack, new RegExp(`^(?!.*${WEIGHTS.source})`));
  take(path.join(root, 'scripts'), path.join(pack, 'scripts'), /^(bench-gpu|gpu-results)\.mjs$/);
  take(path.join(root, 'bench'), path.join(pack, 'bench'), /^gpu_peers\.py$/);
  take(path.join(root, 'out-test/gpu'), path.join(pack, 'out-test/gpu'), /^run\.js$/);
  take(path.join(root, 'native/bin/linux-x64'), path.join(pack, 'native/bin/linux-x64'));
  if (o.squad) copyFileSync(o.squad, path.join(pack, 'squad.json'));
}

/** What does not. */
function packLibraries(pack) {
  takeModels(pack, WEIGHTS);
  for (const name of ['onnxruntime-node', 'onnxruntime-common']) {
    const from = path.join(root, 'node_modules', name);
    take(from, path.join(pack, 'node_modules', name), /^(package\.json|dist)$/);
    const binaries = path.join(from, 'bin/napi-v6/linux/x64');
    if (existsSync(binaries)) take(binaries, path.join(pack, 'node_modules', name, 'bin/napi-v6/linux/x64'));
  }
  copyFileSync(process.execPath, path.join(pack, 'node'));
  chmodSync(path.join(pack, 'node'), 0o755);
  const tensorRt = path.join(pack, 'tensorrt');
  mkdirSync(tensorRt);
  if (o.maven) fromMaven(tensorRt);
  else take(o.tensorrt, tensorRt, /^lib(nvinfer|tensorrt_rtx).*\.so/);
}

/** Writes an archive as NAME.00, NAME.01, ... in place of earlier ones. */
function writeChunks(name, packInto) {
  const folder = path.join(work, name);
  const pack = path.join(folder, 'ask-bert');
  mkdirSync(pack, { recursive: true });
  packInto(pack);
  // A window of 2 GiB, since the kernels of different GPUs are similar. The decompressor is included.
  run('sh', ['-c', `tar cf - ask-bert | nice -n 10 zstd -q -${Number(o.level)} --long=31 -T2 -o pack.tar.zst`], {
    cwd: folder,
  });
  const archive = path.join(folder, 'pack.tar.zst');
  for (const file of readdirSync(out)) if (file.startsWith(`${name}.`)) rmSync(path.join(out, file));
  const bytes = Number(o['chunk-mib']) * 1024 * 1024;
  run('split', ['-b', String(bytes), '-d', '-a', '2', archive, path.join(path.resolve(out), `${name}.`)]);
  const count = readdirSync(out).filter((file) => file.startsWith(`${name}.`)).length;
  console.log(`${name}: ${count} ${count === 1 ? 'file' : 'files'}, ${(statSync(archive).size / 1e6).toFixed(1)} MB`);
}

/** The decompressor with its libraries. */
function writeTools() {
  const zstd = spawnSync('sh', ['-c', 'command -v zstd'], { encoding: 'utf8' }).stdout.trim();
  const tools = path.join(out, 'tools');
  mkdirSync(tools, { recursive: true });
  copyFileSync(zstd, path.join(tools, 'zstd'));
  const needs = spawnSync('ldd', [zstd], { encoding: 'utf8' }).stdout;
  for (const [, file] of needs.matchAll(/=> (\/\S+\/lib(?:z|lzma|lz4|zstd)\.so\.\d+)/g))
    copyFileSync(file, path.join(tools, path.basename(file)));
}

const [out] = positionals;
if (!out || [o.tensorrt, o.maven, o.code].filter(Boolean).length !== 1) {
  console.error('usage: node scripts/pack-gpu.mjs OUT (--tensorrt FOLDER | --maven | --code) [--squad FILE]');
  process.exit(2);
}
if (o.squad && !existsSync(o.squad)) {
  console.error(`--squad: ${o.squad} does not exist`);
  process.exit(2);
}
const work = mkdtempSync(path.join(tmpdir(), 'ask-bert-pack-'));
try {
  run(process.execPath, ['scripts/build-native.mjs', '--require'], { cwd: root });
  run(process.execPath, ['esbuild.mjs', '--gpu'], { cwd: root });
  mkdirSync(out, { recursive: true });
  if (!o.code) writeChunks('chunk', packLibraries);
  writeChunks('code', packCode);
  writeTools();
  for (const file of ['run.sh', 'join.mjs']) copyFileSync(path.join(root, 'gpu', file), path.join(out, file));
} finally {
  rmSync(work, { recursive: true, force: true });
}

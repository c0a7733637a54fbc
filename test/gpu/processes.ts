/** What needs a process of its own: one that is killed, one that is watched by compute-sanitizer, and the CLI on SQuAD. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { loadAddon } from '../../server/engine/tensorrt/native.js';
import type { Usable } from '../../server/engine/tensorrt/probe.js';
import { cacheFolder, check, left, o, record, say } from './context.js';

const own = (runs: number): string[] => [
  __filename,
  ...(o.tensorrt ? ['--tensorrt', o.tensorrt] : []),
  '--cache',
  cacheFolder,
  '--runs',
  String(runs),
];

/** What the driver itself takes and gives back, bytes. */
const noise = 1 << 20;

/** A process that ends in the middle of a run gives everything back. */
export async function killed({ flavour, library, driver, device }: Usable): Promise<void> {
  const addon = loadAddon(flavour);
  addon.openLibrary(library);
  addon.openDriver(driver);
  const free = (): number => addon.deviceMemory(device.ordinal).free;
  const before = free();
  const child = spawn(process.execPath, own(0), { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  for await (const chunk of child.stdout) {
    said += chunk;
    if (said.includes('running')) break;
  }
  const during = free();
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  child.kill('SIGKILL');
  await ended;
  const began = performance.now();
  while (free() < before - noise && performance.now() - began < 10_000) await new Promise((r) => setTimeout(r, 50));
  const kept = before - free();
  check(
    said.includes('running') && during < before && kept < noise,
    `kill -9 in the middle of a run: it held ${((before - during) / 1e6).toFixed(0)} MB, ${kept} bytes are still held after ${(performance.now() - began).toFixed(0)} ms`,
  );
  record('kill', { held: before - during, kept });
}

/** The kernels and copies under NVIDIA's memory checker, where it is installed. */
export async function sanitizer(): Promise<void> {
  const places = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/local/cuda/bin'];
  const tool = places.map((folder) => path.join(folder, 'compute-sanitizer')).find((file) => existsSync(file));
  if (!tool) return say('compute-sanitizer is not installed');
  const args = ['--tool', 'memcheck', '--error-exitcode', '9', process.execPath, ...own(8)];
  const { status, stdout } = spawnSync(tool, args, {
    encoding: 'utf8',
    timeout: Math.round(Math.max(1, left() - 10) * 1000),
    maxBuffer: 1 << 28,
  });
  const summary = /ERROR SUMMARY.*/.exec(stdout ?? '')?.[0] ?? (stdout ?? '').slice(-300);
  check(status === 0, `compute-sanitizer: ${summary}`);
  record('sanitizer', { status, tail: (stdout ?? '').slice(-3000) });
}

/** F1 of the embedded model by the command line, in every precision. */
export async function squad(): Promise<void> {
  if (!o.squad) return say('SQuAD: no --squad FILE');
  const cli = path.join(__dirname, '..', '..', 'dist', 'cli.js');
  const f1 = (engine: string, precision: string): number => {
    const flags = ['--engine', engine, '--precision', precision, '--cache', cacheFolder, '--json'];
    if (o.tensorrt) flags.push('--tensorrt', o.tensorrt);
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'squad', o.squad!, ...flags], {
      encoding: 'utf8',
      timeout: Math.round(Math.max(1, left() - 5) * 1000),
    });
    if (status !== 0) throw new Error(`squad on ${engine} ${precision} failed: ${stderr.slice(-500)}`);
    const { metrics, seconds, engine: answering } = JSON.parse(stdout);
    say(`SQuAD, ${answering.name} ${answering.precision}: F1 ${metrics.f1.toFixed(3)} in ${seconds.toFixed(1)} s`);
    record(`squad ${engine} ${precision}`, { metrics, seconds, answering });
    if (answering.name !== engine) throw new Error(`${answering.name} answered instead of ${engine}`);
    return metrics.f1;
  };
  const [engine, precision] = o['cpu-f1'] ? ['the CPU', 'FP32'] : ['TensorRT', 'FP32'];
  const full = o['cpu-f1'] ? Number(o['cpu-f1']) : f1('tensorrt', 'fp32');
  const allowed: Record<string, number> = { fp16: 0.1, bf16: 0.1, fp8: 0.3, int8: 0.5 };
  for (const each of o.precisions.split(',')) {
    const lower = f1('tensorrt', each);
    check(
      full - lower <= allowed[each],
      `SQuAD F1 ${each} ${lower.toFixed(3)}, ${engine} ${precision} ${full.toFixed(3)}`,
    );
  }
}

/**
 * Times whole questions: `node out-bench/pipeline.js MODEL`. Prints JSON: a passage of 400 words warm (p50, p95), a
 * document of 20,000 words (the first answer shown while it is read, and the result), and a cold sidecar from fork to
 * first answer with its resident memory.
 */
import { fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { AskMethod, type AskResult, type Info, InfoMethod } from '../server/protocol.js';
import { Session } from '../server/session/session.js';

const question = 'How many days of notice must be given?';

/** Prose of the sample documents, repeated to a number of words. */
function words(count: number): string {
  const folder = path.resolve('samples');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((f) => /\.(md|txt)$/.test(f))
    .sort();
  const all = files.flatMap((f) => readFileSync(path.join(folder, f), 'utf8').split(/\s+/));
  return Array.from({ length: count }, (_, i) => all[i % all.length]).join(' ');
}

const quantile = (sorted: number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

async function warm(modelPath: string): Promise<Record<string, number>> {
  const session = new Session({ modelPath });
  const passage = words(400);
  for (let i = 0; i < 5; i++) await session.answer({ text: passage, question });
  const times: number[] = [];
  let windows = 0;
  for (let i = 0; i < 100; i++) {
    const began = performance.now();
    windows = (await session.answer({ text: passage, question })).timing.windows;
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const long = words(20_000);
  const began = performance.now();
  const cpuBegan = process.cpuUsage();
  const cpuMs = () => {
    const { user, system } = process.cpuUsage(cpuBegan);
    return (user + system) / 1000;
  };
  let first: { firstMs: number; firstCpuMs: number; firstWindows: number } | undefined;
  const result = await session.answer({ text: long, question, soFar: true }, undefined, ({ answers, done }) => {
    if (answers) first ??= { firstMs: performance.now() - began, firstCpuMs: cpuMs(), firstWindows: done };
  });
  const longMs = performance.now() - began;
  const longCpuMs = cpuMs();
  await session.unload();
  return {
    passageP50Ms: quantile(times, 0.5),
    passageP95Ms: quantile(times, 0.95),
    passageWindows: windows,
    ...first,
    longMs,
    longCpuMs,
    longWindows: result.timing.windows,
    longTokenizeMs: result.timing.tokenizeMs,
    longProjectMs: result.timing.projectMs,
  };
}

/** From fork to the first answer, over the protocol that the extension speaks. */
async function cold(modelPath: string): Promise<Record<string, number>> {
  const began = performance.now();
  const child = fork(path.resolve('dist/sidecar.js'), ['--node-ipc'], {
    silent: true,
    // Started like in the extension.
    env: { ...process.env, MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' },
  });
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.listen();
  await connection.sendRequest('initialize', {
    processId: process.pid,
    capabilities: {},
    rootUri: null,
    initializationOptions: { modelPath },
  });
  await connection.sendNotification('initialized', {});
  const result = await connection.sendRequest<AskResult>(AskMethod, { text: words(400), question });
  const firstAnswerMs = performance.now() - began;
  const firstBytes = (await connection.sendRequest<Info>(InfoMethod)).residentBytes;
  await connection.sendRequest(AskMethod, { text: words(20_000), question });
  const laterBytes = (await connection.sendRequest<Info>(InfoMethod)).residentBytes;
  await connection.sendRequest('shutdown');
  await connection.sendNotification('exit');
  return {
    firstAnswerMs,
    firstEngineMs: result.timing.engineMs,
    residentMB: firstBytes / 1e6,
    residentAfterLongMB: laterBytes / 1e6,
  };
}

async function main(): Promise<void> {
  const model = path.resolve(process.argv[2] ?? 'models/default');
  const colds = [await cold(model), await cold(model), await cold(model)].sort(
    (a, b) => a.firstAnswerMs - b.firstAnswerMs,
  );
  process.stdout.write(`${JSON.stringify({ ...(await warm(model)), ...colds[1] })}\n`);
}

void main();

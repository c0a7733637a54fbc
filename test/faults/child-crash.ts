/**
 * A process whose CPU engines end it as a library that crashes does: by the signal that an argument names, for the
 * precisions that another one names. Also stands in for the process that checks engines apart.
 */
import { appendFileSync } from 'node:fs';
import { type EngineMakers, realMakers } from '../../server/engine/check/admission.js';
import type { CheckOrder } from '../../server/engine/check/child-messages.js';
import { asAskBertError } from '../../server/errors.js';
import { Session } from '../../server/session/session.js';
import { FaultyEngine } from './faulty-engines.js';

/** What the test tells it, by an environment variable: the child that checks inherits it. */
export interface CrashPlan {
  cacheFolder: string;
  /** Precisions whose engines end the process. */
  crashing: string[];
  signal: NodeJS.Signals;
  /** File with a line for each start of the child that checks. */
  starts: string;
}
export const planVariable = 'ASKBERT_TEST_CRASH';
const plan: CrashPlan = JSON.parse(process.env[planVariable] ?? '{}');

function crash(): void {
  process.kill(process.pid, plan.signal);
  // A signal to oneself is not always there at once.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
}

const makers: EngineMakers = {
  ...realMakers,
  checkChild: __filename,
  cpu: async (weights, options) => {
    if (plan.crashing.includes(options.precision)) crash();
    const engine = await realMakers.cpu(weights, { ...options, precision: 'fp32' });
    return new FaultyEngine(engine, options.precision);
  },
};

process.on('message', (message: 'ask' | CheckOrder) => {
  if (message === 'ask') {
    void ask().then((reply) => process.send?.(reply, () => process.exit(0)));
    return;
  }
  appendFileSync(plan.starts, 'started\n');
  const { engine } = message;
  if (engine.name === 'cpu' && plan.crashing.includes(engine.precision)) crash();
  process.send?.('done');
});

export interface CrashReply {
  precision?: string | undefined;
  choice: readonly string[];
  code?: string | undefined;
  message?: string | undefined;
}

async function ask(): Promise<CrashReply> {
  const { cacheFolder } = plan;
  const modelPath = 'test/fixtures/models/tiny-f32';
  const session = new Session({ modelPath, engine: 'cpu', precision: 'int8', threads: 1, cacheFolder }, true, makers);
  try {
    await session.prepare();
    return { precision: session.engine?.precision, choice: session.choice };
  } catch (e) {
    const { code, line } = asAskBertError(e);
    return { choice: [], code, message: line };
  }
}

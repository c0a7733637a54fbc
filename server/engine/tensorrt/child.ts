/**
 * Entry of the child process in which TensorRT is probed and engines are built. A crash of a library, a build that
 * takes long or memory that is not given back cost nobody but this process; whoever waits may kill it at any moment.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { useLanguage } from '../../l10n.js';
import { readModelConfig } from '../../model/config.js';
import { ModelWeights } from '../../model/weights.js';
import type { BuildOrder, BuildResult, Order, ProbeOrder, ProbeResult, Reply } from './child-messages.js';
import { filledBuilder } from './filled-builder.js';
import { fromNative, loadAddon, type NativeBuilder } from './native.js';

// The bundle that whoever waits speaks is in the environment.
useLanguage();

let builder: NativeBuilder | undefined;
let cancelled = false;

const send = (reply: Reply): Promise<void> =>
  new Promise((resolve) => {
    if (!process.send) return resolve();
    process.send(reply, () => resolve());
  });

process.on('message', (order: Order) => {
  if (order.type === 'cancel') {
    cancelled = true;
    builder?.cancel();
    return;
  }
  void (order.type === 'probe' ? probe(order) : build(order)).then(
    async (reply) => end(reply),
    async (error) => {
      const { code, message, remedy } = fromNative(error, 'EngineBuild');
      await end({ type: 'failed', code, message, remedy });
    },
  );
});
// Ctrl-C in a terminal reaches the whole group; whoever waits says whether it is the end.
process.on('SIGINT', () => {});
// Whoever waited is gone.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

/** Says the last word. Whoever waits ends this process then: the exit handlers of CUDA's and TensorRT's libraries are no part of it. */
async function end(reply: Reply): Promise<void> {
  await send(reply);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 10_000);
}

async function probe({ flavour, library, driver }: ProbeOrder): Promise<Reply> {
  const addon = loadAddon(flavour);
  const result: ProbeResult = {
    library: attempt(() => addon.openLibrary(library)),
    driver: attempt(() => addon.openDriver(driver)),
  };
  if (!('error' in result.library) && !('error' in result.driver)) {
    const { devices } = result.driver;
    result.builder = attempt(() => {
      addon.checkBuilder(devices[0].ordinal);
      return {};
    });
  }
  return { type: 'probed', result };
}

function attempt<T>(work: () => T): T | { error: string } {
  try {
    return work();
  } catch (e) {
    return { error: (e as Error).message };
  }
}

async function build(order: BuildOrder): Promise<Reply> {
  const addon = loadAddon(order.flavour);
  addon.openLibrary(order.library);
  if (order.driver !== undefined) addon.openDriver(order.driver);
  const weights = new ModelWeights(readModelConfig(order.modelFolder));
  try {
    const timingCache = existsSync(order.timingFile) ? readFileSync(order.timingFile) : undefined;
    builder = await filledBuilder(addon, weights, { ...order, timingCache }, () => cancelled);
  } finally {
    weights.close();
  }
  const made = await builder.build((phase, done) => void send({ type: 'progress', phase, done }));
  writeFileSync(order.planFile, made.plan);
  if (made.timingCache.length > 0) {
    // Beside others that write the same file: the last one wins, and none is read half written.
    const temporary = `${order.timingFile}.${process.pid}`;
    writeFileSync(temporary, made.timingCache);
    renameSync(temporary, order.timingFile);
  }
  const { networkLayers, attention, warnings, plan } = made;
  const result: BuildResult = { networkLayers, attention, warnings, planBytes: plan.length };
  return { type: 'built', result };
}

/**
 * Entry of the child process in which TensorRT is probed and engines are built. A crash of a library, a long build
 * or leaked memory affect only this process; the parent may kill it at any time.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { useLanguage } from '../../l10n.js';
import { readModelConfig } from '../../model/config.js';
import { ModelWeights } from '../../model/weights.js';
import { readRegularSync } from '../../storage/open-file.js';
import type { BuildOrder, BuildResult, Order, ProbeOrder, ProbeResult, Reply } from './child-messages.js';
import { filledBuilder } from './filled-builder.js';
import { fromNative, loadAddon, type NativeBuilder } from './native.js';

/** A timing cache has some megabytes. */
const MAX_TIMING_BYTES = 256 * 1024 * 1024;

// The parent's language bundle is in the environment.
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
// Ctrl-C in a terminal reaches the whole process group; the parent decides whether to stop.
process.on('SIGINT', () => {});
// The parent has exited.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

/**
 * Sends the last message. The parent then kills this process, so that the exit handlers of the CUDA and TensorRT
 * libraries do not run.
 */
async function end(reply: Reply): Promise<void> {
  await send(reply);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 10_000);
}

async function probe({ flavour, library, driver, builder }: ProbeOrder): Promise<Reply> {
  const addon = loadAddon(flavour);
  const result: ProbeResult = {
    library: attempt(() => addon.openLibrary(library)),
    driver: attempt(() => addon.openDriver(driver)),
  };
  if (builder && !('error' in result.library) && !('error' in result.driver)) {
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
    const timingCache = existsSync(order.timingFile) ? readRegularSync(order.timingFile, MAX_TIMING_BYTES) : undefined;
    builder = await filledBuilder(addon, weights, { ...order, timingCache }, () => cancelled);
  } finally {
    weights.close();
  }
  const made = await builder.build((phase, done) => void send({ type: 'progress', phase, done }));
  writeFileSync(order.planFile, made.plan);
  if (made.timingCache.length > 0) {
    // Other processes may write the same file: the last one wins, and readers never see a partial file.
    const temporary = `${order.timingFile}.${process.pid}`;
    writeFileSync(temporary, made.timingCache);
    renameSync(temporary, order.timingFile);
  }
  const { networkLayers, attention, warnings, plan } = made;
  const result: BuildResult = { networkLayers, attention, warnings, planBytes: plan.length };
  return { type: 'built', result };
}

/** What every process that hosts a service needs: its worker, an orderly end, and handling of uncaught errors. */
import '../engine/cpu/no-telemetry.js';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { version } from '../../package.json';
import { checkSettings } from '../checks/check-request.js';
import { useLanguage } from '../l10n.js';
import type { SidecarSettings } from '../protocol.js';
import type { ClientOptions } from './connection.js';
import { Service, type ServiceOptions } from './service.js';
import { Watchdog } from './watchdog.js';

/** Longest wait for the running batch when the process ends; VS Code itself waits two seconds. */
export const SHUTDOWN_MS = 1500;
/** Longest wait for the last answers to leave. */
const FLUSH_MS = 300;

/** @param log also receives uncaught errors */
export function hostService(options: Pick<ServiceOptions, 'onStatus' | 'log'>): Service {
  const startWorker: ServiceOptions['startWorker'] = (workerData) =>
    new Worker(path.join(__dirname, 'worker.js'), { workerData });
  const service = new Service({ version, startWorker, ...options });
  process.on('exit', () => {
    // Exiting would terminate the busy thread, which aborts the process with its own message and perhaps a core file.
    if (service.busy) process.kill(process.pid, 'SIGKILL');
  });
  const defect = (what: string) => (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    options.log('error', `${what}: ${text}`);
  };
  process.on('uncaughtException', defect('Uncaught exception'));
  process.on('unhandledRejection', defect('Unhandled rejection'));
  return service;
}

/**
 * The rights of the only client of a process: its settings apply to the service, its shutdown ends the service, and its
 * exit the process.
 * @param defaults for settings that the client leaves out
 */
export function onlyClient(
  service: Service,
  defaults: SidecarSettings = {},
): Pick<ClientOptions, 'initialize' | 'configure' | 'shutdown'> {
  const watchdog = new Watchdog((limitMs) => service.close(limitMs));
  const configure = (settings: unknown) => {
    checkSettings(settings);
    useLanguage(service.configure({ ...defaults, ...(settings as SidecarSettings) }).locale);
  };
  return {
    initialize: (settings, processId) => {
      configure(settings);
      if (processId !== undefined) watchdog.watch(processId);
    },
    configure,
    shutdown: async () => {
      await service.close(SHUTDOWN_MS);
    },
  };
}

/** Waits until all that was written has left, as far as the client takes it. */
export function flushed(output: Writable): Promise<void> {
  return new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, FLUSH_MS);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    if (!output.writable || output.writableLength === 0) done();
    else output.write('', done);
  });
}

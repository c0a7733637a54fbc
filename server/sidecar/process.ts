/** What every process that hosts a service has: its worker, its last moments, and its own defects. */
import '../engine/cpu/no-telemetry.js';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { version } from '../../package.json';
import { Service, type ServiceOptions } from './service.js';

/** Longest wait for the batch that runs when the process ends; VS Code itself waits two seconds. */
export const SHUTDOWN_MS = 1500;

/** @param log also hears of what nobody caught */
export function hostService(options: Pick<ServiceOptions, 'onStatus' | 'log'>): Service {
  const startWorker: ServiceOptions['startWorker'] = (workerData) =>
    new Worker(path.join(__dirname, 'worker.js'), { workerData });
  const service = new Service({ version, startWorker, ...options });
  process.on('exit', () => {
    // The process would end the busy thread, which then aborts it with a message of its own and perhaps a core file.
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

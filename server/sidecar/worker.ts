/**
 * The worker thread of the sidecar: tokenising, engine and projection happen here, so that the main thread is never
 * blocked.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { extractor } from '../formats/host/extract.js';
import { useLanguage } from '../l10n.js';
import { Session } from '../session/session.js';
import { serveWorker } from './serve-worker.js';
import type { WorkerStart } from './worker-messages.js';

if (!parentPort) throw new Error('worker.js is started by sidecar.js, not by hand.');
const { settings, locale } = workerData as WorkerStart;
useLanguage(locale);
// The first call says where texts of files are kept.
extractor(settings.cacheFolder);
serveWorker(parentPort, new Session(settings));

/** A thread that reads questions while the engine's own thread is busy with launches; `reader-pool.ts` starts it. */
import { parentPort, workerData } from 'node:worker_threads';
import { useLanguage } from '../l10n.js';
import { loadReader } from './load-reader.js';
import type { ReaderStart } from './reader-messages.js';
import { ServedReader } from './serve-reader.js';

if (!parentPort) throw new Error('reader-thread.js is started by a session, not by hand.');
const { settings, engine: state } = workerData as ReaderStart;
useLanguage();
new ServedReader(parentPort, state, (engine, onViewFailure) => loadReader(settings, engine, onViewFailure));

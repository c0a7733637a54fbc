/**
 * A thread that ends this process when it needs too much memory or its parent is gone, also while a reader does not
 * return to the event loop.
 */
import { Worker } from 'node:worker_threads';
import { MEMORY_MARK } from './messages.js';

const EVERY_MS = 100;

/** Plain JavaScript: the thread loads nothing else. */
const SOURCE = `
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const { parent, residentBytes, mark, everyMs } = workerData;
const isGone = () => {
  if (process.ppid !== parent) return true;
  try {
    process.kill(parent, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
};
setInterval(() => {
  const full = process.memoryUsage.rss() > residentBytes;
  if (!full && !isGone()) return;
  try {
    if (full) writeSync(2, mark + '\\n');
  } catch {}
  process.kill(process.pid, 'SIGKILL');
}, everyMs);
`;

/** @param residentBytes memory after which the process is ended */
export function startWatch(residentBytes: number): void {
  const workerData = { parent: process.ppid, residentBytes, mark: MEMORY_MARK, everyMs: EVERY_MS };
  // Without a watch the limits of the heap and of time, which the parent sees to, still hold.
  new Worker(SOURCE, { eval: true, workerData }).on('error', () => {}).unref();
}

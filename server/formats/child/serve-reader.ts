/** The reading process's side: orders of the parent become calls of the readers. */
import { type FormatReader, type Parts, UnreadableFormat } from '../extracted.js';
import { type FromReader, RESIDENT_VARIABLE, type ReadOrder, type ToReader } from './messages.js';
import { readerOf } from './registry.js';
import { startWatch } from './watch.js';

const MB = 1024 * 1024;
/** Milliseconds between two reports. */
const PROGRESS_MS = 50;

/** Serves the parent of this process until that ends. @param readers asked in this order */
export function serveReader(readers: readonly FormatReader[]): void {
  const megabytes = Number(process.env[RESIDENT_VARIABLE]);
  if (megabytes > 0) startWatch(megabytes * MB);
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // pdf.js drops promises that fail for damaged files; what is awaited has its own result.
  process.on('unhandledRejection', () => {});
  process.on('message', (order: ToReader) => {
    if ('bytes' in order) void read(readers, order).then((reply) => process.send?.(reply));
    else partWanted = order.part;
  });
}

/** The file of which a part is wanted. */
let partWanted: number | undefined;

/** Parts of a file for the parent. */
const partsFor = (id: number): Parts => ({
  wanted: () => partWanted === id,
  take: (part) => {
    partWanted = undefined;
    process.send?.({ type: 'part', id, part } satisfies FromReader);
  },
});

/** Never rejects: what a reader throws for a damaged file tells what is wrong with it. */
export async function read(readers: readonly FormatReader[], order: ReadOrder): Promise<FromReader> {
  const { id, password, pages, parts } = order;
  // Some libraries refuse Node's own kind of bytes.
  const bytes = new Uint8Array(order.bytes.buffer, order.bytes.byteOffset, order.bytes.byteLength);
  let reader: FormatReader | undefined;
  try {
    reader = readerOf(bytes, readers);
    if (!reader) return { type: 'unknown', id };
    let next = 0;
    const onProgress = (done: number, total: number) => {
      const now = performance.now();
      if (now < next) return;
      next = now + PROGRESS_MS;
      process.send?.({ type: 'progress', id, done, total } satisfies FromReader);
    };
    const options = {
      onProgress,
      ...(password === undefined ? {} : { password }),
      ...(pages ? { pages } : {}),
      ...(parts ? { parts: partsFor(id) } : {}),
    };
    const { name, extensions } = reader;
    return { type: 'done', id, reading: { extracted: await reader.read(bytes, options), format: name, extensions } };
  } catch (error) {
    const format = reader?.name ?? '';
    if (error instanceof UnreadableFormat) {
      return { type: 'unreadable', id, reason: error.reason, detail: error.detail, format };
    }
    const detail = error instanceof Error ? error.message : String(error);
    return { type: 'unreadable', id, reason: 'damaged', detail, format };
  }
}

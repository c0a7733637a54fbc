/** One file: requested, continued where it stopped, counted and hashed as it arrives, retried where that helps. */
import path from 'node:path';
import { AskBertError, throwIfAborted } from '../../errors.js';
import { t } from '../../l10n.js';
import { checkRoom, type Disk, diskFault, type Sink } from '../../storage/disk.js';
import type { CatalogueFile } from '../store/catalogue.js';
import type { FileResult } from '../store/manifest.js';
import { Part, type PartState, stateOf } from './part.js';
import { type Answer, discard, type Fetch, failed, Passing, reasonOf, request } from './request.js';

/** Waits and limits; tests shorten them. */
export interface Patience {
  /** Longest wait for the response headers, and between two chunks of the body. */
  silenceMs: number;
  /** First wait before a retry; it doubles each time. */
  retryMs: number;
  /** Attempts without progress before giving up. */
  tries: number;
  /** Over this time the body has to come faster than {@link LEAST_BYTES_PER_SECOND}. */
  slowMs: number;
}

export const usualPatience: Patience = { silenceMs: 30_000, retryMs: 1000, tries: 5, slowMs: 60_000 };
/** Slower than any line that a model can be downloaded over. */
const LEAST_BYTES_PER_SECOND = 1024;

export interface TransferOptions {
  /** Repository and revision. */
  source: string;
  fetch: Fetch;
  disk: Disk;
  patience: Patience;
  signal: AbortSignal;
  /** Bytes of this file on disk, bytes kept from an earlier download, and the total if known. */
  onBytes(bytes: number, kept: number, total: number | undefined): void;
  /** The reason for a retry; undefined: it continues. */
  onTrouble(reason: string | undefined): void;
}

/** What a page calls "232 kB" is rounded, and a file of text may have other line ends. */
const ROUNDING = 1.1;
/** Without any stated size: the largest BERT model in FP32, and then some. */
const LARGEST = 4 * 1024 ** 3;

/** The most that is accepted, whatever the server announces or sends: it may send without end. */
function limitOf({ bytes, about }: CatalogueFile): number {
  return bytes ?? (about === undefined ? LARGEST : Math.floor(about * ROUNDING));
}

/** Even a server that sends a little each time is not asked forever. */
const MOST_REQUESTS = 200;
/** An attempt that brought this much resets the count of attempts. */
const GAIN = 1 << 20;

/**
 * @param target path of the file; `target.part` holds what is there so far, and stays when this fails
 * @throws AskBertError DownloadFailed, InputUnreadable for the disk, or the signal's reason
 */
export async function transfer(
  wish: CatalogueFile,
  address: string,
  target: string,
  options: TransferOptions,
): Promise<FileResult> {
  const { patience, signal } = options;
  const part = new Part(target);
  await part.reopen();
  let restarted = false;
  let tries = 0;
  for (let requests = 1; ; requests++) {
    const before = await part.size();
    try {
      const state = await receive(wish, address, part, options);
      const result = judge(wish, part, state);
      if (result) {
        await onDisk(target, () => part.finish());
        return result;
      }
      const sha256 = part.digest();
      await onDisk(part.file, () => part.drop());
      // The earlier part may have been damaged: once more from the start.
      if (restarted || before === 0) throw wrongHash(address, wish, sha256, state);
      restarted = true;
    } catch (e) {
      throwIfAborted(signal);
      // What is there is not a part of the file.
      if (e instanceof TooMuch) await onDisk(part.file, () => part.drop());
      if (!(e instanceof Passing)) throw e;
      tries = (await part.size()) - before >= GAIN ? 1 : tries + 1;
      if (tries >= patience.tries || requests >= MOST_REQUESTS) {
        throw failed(e.message, t('Try again later: the part already downloaded is kept and continued.'));
      }
      options.onTrouble(e.message);
      await pause(e.waitMs ?? patience.retryMs * 2 ** (tries - 1), signal);
    }
  }
}

/** Asks for what is missing and writes it. @returns what the server says about the file */
async function receive(wish: CatalogueFile, address: string, part: Part, options: TransferOptions): Promise<PartState> {
  const { fetch, signal, patience, disk } = options;
  let state = await part.state();
  const known = wish.sha256 ?? state.sha256;
  // Without a way to tell whether the file is still the same, a part is useless.
  if (state.source !== options.source || (!state.validator && !known)) {
    await onDisk(part.file, () => part.drop());
    state = {};
  }
  await onDisk(part.file, () => part.catchUp());
  options.onBytes(part.length, part.length, state.total);
  if (part.length > 0 && part.length === state.total) return state;
  const headers: Record<string, string> = {};
  if (part.length > 0) {
    headers.range = `bytes=${part.length}-`;
    if (state.validator) headers['if-range'] = state.validator;
  }
  const answer = await request(fetch, address, headers, signal, patience.silenceMs);
  const total = await continues(answer, part, state, wish, address);
  state = stateOf(answer, options.source, total);
  try {
    if (total !== undefined) await checkRoom(disk, path.dirname(part.file), total - part.length);
    await onDisk(part.file, () => part.note(state));
    options.onBytes(part.length, part.length, total);
    options.onTrouble(undefined);
    await write(answer, part, total, limitOf(wish), options);
  } finally {
    await discard(answer.response);
  }
  if (total !== undefined && part.length < total) {
    throw new Passing(t('{0} ended after {1} of {2} bytes', answer.address.host, part.length, total));
  }
  return state;
}

/** Makes the part match the response: it continues, or starts again. @returns bytes of the whole file where known */
async function continues(
  { response, stated, address: from }: Answer,
  part: Part,
  state: PartState,
  wish: CatalogueFile,
  address: string,
): Promise<number | undefined> {
  const { headers, status } = response;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  const etag = headers.get('etag') ?? undefined;
  if (status === 200) await onDisk(part.file, () => part.drop());
  else if (
    status === 416 ||
    !range ||
    Number(range[1]) !== part.length ||
    (state.etag && etag && state.etag !== etag)
  ) {
    await discard(response);
    await onDisk(part.file, () => part.drop());
    throw new Passing(t('{0} has a different file now, or cannot resume it', from.host), 0);
  }
  const length = headers.get('content-encoding') ? undefined : headers.get('content-length');
  const told = range ? range[2] : length;
  const total = told && /^\d+$/.test(told) ? Number(told) : stated.bytes;
  const wanted = wish.bytes ?? stated.bytes;
  if (wanted !== undefined && total !== undefined && total !== wanted) {
    await discard(response);
    throw failed(
      t('{0} has {1} bytes, expected {2}', address, total, wanted),
      t('This is not the file that belongs to the model: check the mirror if you set one.'),
    );
  }
  const limit = limitOf(wish);
  if (total !== undefined && total > limit) {
    await discard(response);
    throw new TooMuch(address, total, limit);
  }
  return total ?? wanted;
}

class TooMuch extends AskBertError {
  constructor(address: string, bytes: number, limit: number) {
    super(
      'DownloadFailed',
      t('{0} has {1} bytes or more, expected at most {2}.', address, bytes, limit),
      t('This is not the file that belongs to the model: check the mirror if you set one.'),
    );
  }
}

async function write(
  answer: Answer,
  part: Part,
  total: number | undefined,
  limit: number,
  options: TransferOptions,
): Promise<void> {
  const { signal, patience, disk } = options;
  const host = answer.address.host;
  const reader = answer.response.body?.getReader();
  if (!reader) return;
  const kept = part.length;
  // Only the time spent waiting for the server counts, not that of a slow disk.
  let waitedMs = 0;
  let came = 0;
  const sink: Sink = await onDisk(part.file, () => disk.append(part.file));
  try {
    for (;;) {
      const began = performance.now();
      const { value, done } = await nextPiece(reader, host, patience.silenceMs, signal);
      if (done) break;
      waitedMs += performance.now() - began;
      came += value.length;
      if (waitedMs >= patience.slowMs) {
        const seconds = Math.round(waitedMs / 1000);
        if (came < (LEAST_BYTES_PER_SECOND * waitedMs) / 1000) {
          throw new Passing(t('{0} sent only {1} bytes in {2} s', host, came, seconds));
        }
        waitedMs = 0;
        came = 0;
      }
      if (total !== undefined && part.length + value.length > total) {
        throw failed(t('{0} sent more than the {1} bytes that it announced', host, total));
      }
      if (part.length + value.length > limit) throw new TooMuch(answer.address.href, part.length + value.length, limit);
      await onDisk(part.file, () => sink.write(value));
      part.add(value);
      options.onBytes(part.length, kept, total);
    }
  } finally {
    await reader.cancel().catch(() => {});
    await onDisk(part.file, () => sink.close());
  }
}

type Piece = { done: false; value: Uint8Array } | { done: true; value?: undefined };

/** The next chunk, with a timeout. @throws Passing, or the signal's reason */
async function nextPiece(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  host: string,
  silenceMs: number,
  signal: AbortSignal,
): Promise<Piece> {
  let stop: () => void = () => {};
  const ended = new Promise<never>((_, reject) => {
    const late = () => reject(new Passing(t('{0} sent nothing for {1} s', host, silenceMs / 1000)));
    const timer = setTimeout(late, silenceMs);
    const aborted = () => reject(new Passing(''));
    signal.addEventListener('abort', aborted, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
    };
  });
  try {
    return (await Promise.race([reader.read(), ended])) as Piece;
  } catch (e) {
    throwIfAborted(signal);
    throw e instanceof Passing ? e : new Passing(t('The connection to {0} was lost: {1}', host, reasonOf(e)));
  } finally {
    stop();
  }
}

/** The finished file, or undefined if its hash is wrong. */
function judge(wish: CatalogueFile, part: Part, state: PartState): FileResult | undefined {
  const sha256 = part.digest();
  const wanted = wish.sha256 ?? state.sha256;
  if (wanted !== undefined && wanted !== sha256) return undefined;
  const verified = wish.sha256 ? 'catalogue' : state.sha256 ? 'server' : state.total !== undefined ? 'length' : 'none';
  return { name: wish.name, bytes: part.length, sha256, verified };
}

function wrongHash(address: string, wish: CatalogueFile, sha256: string, state: PartState): AskBertError {
  return failed(
    t('{0} has the SHA-256 {1}, expected {2}', address, sha256, wish.sha256 ?? state.sha256 ?? ''),
    t('It was changed in transit or at the mirror, and was removed. Try again, or use another source.'),
  );
}

async function onDisk<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (e) {
    throw diskFault(e, file);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}

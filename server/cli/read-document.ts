/** What the command line reads for a question: at a terminal with the first answer of a long PDF beside its pages. */
import { type ReadOptions, readContent, readStreamContent } from '../documents/content.js';
import type { DocumentContent } from '../documents/extraction.js';
import { AskBertError, throwIfAborted } from '../errors.js';
import { t } from '../l10n.js';
import type { AskRequest } from '../reader/request.js';
import { FEWEST_PAGES, FirstLook, GLANCE_WINDOWS } from '../runs/first-look.js';
import type { Session } from '../session/session.js';
import type { DocumentKind } from '../views/choose-view.js';
import { type Bar, bestSoFar, progressBar } from './common.js';
import { note } from './print.js';

export type Document = { name: string } & DocumentContent & DocumentKind;

/** What the document is read for. */
export interface ReadFor {
  password?: string | undefined;
  /** Ends the reading, and the bar with it. */
  signal: AbortSignal;
  /** Loads its model while a document is extracted, in a process of its own. */
  session?: Session;
  /** Is asked of the pages that are there, for the person who waits at a terminal. */
  asked?: Pick<AskRequest, 'question' | 'options'> | undefined;
}

/**
 * @param file missing or a hyphen: standard input
 * @throws AskBertError
 */
export async function readDocument(
  file: string | undefined,
  { password, signal, session, asked }: ReadFor,
): Promise<Document> {
  if (file === '') throw new AskBertError('BadRequest', t('The name of the file is empty.'));
  if (file === undefined && process.stdin.isTTY) {
    throw new AskBertError('BadRequest', t('No file is named and standard input is a terminal.'), t('Name a file.'));
  }
  const isFile = file !== undefined && file !== '-';
  const waiting = session && asked && process.stderr.isTTY ? follow(session, asked, isFile ? file : '-') : undefined;
  let isPreparing = false;
  const options: ReadOptions = {
    signal,
    onNote: (message) => {
      waiting?.stop();
      note(message);
    },
    onProgress: (done, total) => {
      if (!isPreparing) void session?.prepare(signal).catch(() => {});
      isPreparing = true;
      waiting?.onPages(done, total);
    },
    ...(waiting ? { parts: waiting.parts } : {}),
    ...(password === undefined ? {} : { password }),
  };
  try {
    if (isFile) {
      const content = await unlessAborted(readContent(file, { special: true, ...options }), signal);
      return { name: file, fileName: file, ...content };
    }
    const content = await unlessAborted(readStreamContent(process.stdin, t('standard input'), options), signal);
    return { name: '-', languageId: 'plaintext', ...content };
  } catch (error) {
    waiting?.parts.stop();
    throw error;
  } finally {
    await waiting?.parts.settled();
    waiting?.stop();
  }
}

/** Ends with the signal also where a pipe that says nothing does not. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
    throwIfAborted(signal);
    return await work;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The pages read so far on a bar, and beside it what they answer. @param barOf tests have one of their own */
export function follow(
  session: Pick<Session, 'model' | 'answer'>,
  { question, options }: NonNullable<ReadFor['asked']>,
  name: string,
  barOf = progressBar,
) {
  let bar: Bar | undefined;
  let pages = 0;
  const parts = new FirstLook({
    isReady: () => session.model !== null,
    look: (extracted, stop) => {
      const request = { question, options, fileName: name, key: name, glance: GLANCE_WINDOWS };
      return session.answer({ ...request, text: extracted.text, extracted }, stop);
    },
    tell: ({ answers: [best] }) => bar?.update(pages, bestSoFar(best)),
  });
  return {
    parts,
    onPages: (done: number, total: number) => {
      pages = done;
      if (total < FEWEST_PAGES) return;
      bar ??= barOf(t('Pages'), total);
      bar.update(done);
    },
    stop: () => bar?.stop(),
  };
}

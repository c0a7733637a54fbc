/** Shared by the commands: flags of the session, checked; lines of a report; a progress bar on a terminal. */
import path from 'node:path';
import { SingleBar } from 'cli-progress';
import type { Argv } from 'yargs';
import { checkSettings } from '../checks/check-request.js';
import { threadsOf } from '../engine/cpu/threads.js';
import { remotePlace, USUAL_MODEL } from '../engine/remote/address.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { Answer } from '../protocol.js';
import { Session, type SessionSettings } from '../session/session.js';
import { oneLine } from '../text/one-line.js';
import { chosenModel, modelArgument } from './default-model.js';
import { interruptible } from './interrupt.js';
import { note } from './print.js';

export interface SessionFlags {
  engine?: unknown;
  precision?: unknown;
  model?: unknown;
  threads?: unknown;
  tensorrt?: unknown;
  cache?: unknown;
  url?: unknown;
  remoteModel?: unknown;
  fallback?: unknown;
}

/** The flags that name servers and model, in messages. */
const REMOTE_FLAGS = { url: '--url', model: '--remote-model' };

/** Adds the flags of {@link SessionFlags} to a command. */
export function withSessionFlags<T>(argv: Argv<T>): Argv<T> {
  return argv
    .option('engine', { type: 'string', requiresArg: true, describe: t('auto, cpu, tensorrt, tensorrt-rtx or remote') })
    .option('precision', { type: 'string', requiresArg: true, describe: t('auto, fp32, fp16, bf16, int8 or fp8') })
    .option('model', { ...modelArgument, requiresArg: true })
    .option('threads', { type: 'number', requiresArg: true, describe: t('CPU threads (0: all cores)') })
    .option('tensorrt', {
      type: 'string',
      requiresArg: true,
      describe: t('Folder with TensorRT, if not in a usual place'),
    })
    .option('cache', {
      type: 'string',
      requiresArg: true,
      describe: t('Folder for built TensorRT engines'),
    })
    .option('url', {
      type: 'string',
      requiresArg: true,
      describe: t('For the engine "remote": address of a KServe v2 server, or of several, separated by commas'),
    })
    .option('remote-model', {
      type: 'string',
      requiresArg: true,
      describe: t('Name of the model on the server (default: {0})', USUAL_MODEL),
    })
    .option('fallback', { type: 'boolean', describe: t('Let the CPU answer if no server can be used') }) as Argv<T>;
}

/**
 * The settings that the flags name, checked; without `--model` the one chosen by `model use`.
 * @throws AskBertError BadRequest, ModelInvalid for an unknown model name
 */
export function sessionSettings(flags: SessionFlags): SessionSettings {
  const settings = checkedSettings({ ...flags, model: chosenModel(flags.model) });
  const { threads = 0 } = settings;
  const used = threadsOf(threads);
  if (threads > used) {
    note(t('--threads: {0} of {1} are used, since this machine runs no more at once.', used, threads));
  }
  return settings;
}

/** The same for commands without a model. @throws AskBertError BadRequest */
export function checkedSettings(flags: SessionFlags): SessionSettings {
  const settings = checkSettings(
    {
      modelPath: flags.model,
      engine: flags.engine,
      precision: flags.precision,
      threads: flags.threads,
      tensorRtPath: flags.tensorrt,
      // An empty one means the usual folder.
      cacheFolder: typeof flags.cache === 'string' && flags.cache ? path.resolve(flags.cache) : flags.cache,
      remoteUrl: flags.url,
      remoteModel: flags.remoteModel,
      remoteFallback: flags.fallback,
    },
    {
      modelPath: '--model',
      engine: '--engine',
      precision: '--precision',
      threads: '--threads',
      tensorRtPath: '--tensorrt',
      cacheFolder: '--cache',
      remoteUrl: REMOTE_FLAGS.url,
      remoteModel: REMOTE_FLAGS.model,
    },
  );
  const { modelPath, engine, precision, threads, tensorRtPath, cacheFolder } = settings;
  const { remoteUrl, remoteModel, remoteFallback } = settings;
  if (engine === 'remote') remotePlace(remoteUrl, remoteModel, REMOTE_FLAGS);
  else if (remoteUrl !== undefined) {
    throw new AskBertError('BadRequest', t('--url is only used with --engine remote.'));
  }
  const remote = { remoteUrl, remoteModel, remoteFallback };
  return { modelPath, engine, precision, threads, tensorRtPath, cacheFolder, ...remote };
}

/**
 * Runs `work` with a session and frees it at the end.
 * @param background a missing engine is built while the CPU answers, for long-running commands
 * @throws AskBertError
 */
export async function withSession<T>(
  flags: SessionFlags,
  work: (session: Session) => Promise<T>,
  background = false,
): Promise<T> {
  const session = new Session(sessionSettings(flags), background);
  session.onViewFailure = (error, { fileName = '-' }) =>
    note(
      t(
        '{0} could not be read in its own format ({1}) and is read as plain text. Please report this.',
        fileName,
        error instanceof Error ? error.message : String(error),
      ),
    );
  try {
    return await work(session);
  } finally {
    await session.unload();
  }
}

/** Ctrl-C ends a question in order: otherwise a bar leaves the terminal without its cursor. @throws AskBertError */
export const cancellable = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
  interruptible(t('The question was cancelled.'), work);

/** A line of a report: a title of one word, or none, and values separated by commas. */
export const titled = (title: string, ...said: string[]): string => title.padEnd(8) + said.map(oneLine).join(', ');

export interface Bar {
  /** @param note a line about what is known so far; missing: the previous one stays */
  update(done: number, note?: string): void;
  stop(): void;
}

/** A bar on standard error if that is a terminal; otherwise nothing is shown. */
export function progressBar(label: string, total: number): Bar {
  if (!process.stderr.isTTY || total === 0) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar({
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    format: `${label} [{bar}] {value}/{total}, ${t('{0} left', '{eta_formatted}')}{note}`,
  });
  bar.start(total, 0, { note: '' });
  return {
    // Truncated to the width of the line.
    update: (done, note) => bar.update(done, note === undefined ? {} : { note: ` · ${oneLine(note)}` }),
    stop: () => bar.stop(),
  };
}

/** Beside a bar. */
export const bestSoFar = ({ prose, text }: Pick<Answer, 'prose' | 'text'>): string =>
  t('best so far: {0}', prose ?? text);

/** A bar for a TensorRT build: progress and current phase. */
export function buildBar(): { update: (phase: string, done: number) => void; stop: () => void } {
  if (!process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar({
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    format: `${t('Building')} [{bar}] {percentage} %  {phase}`,
  });
  let begun = false;
  return {
    update: (phase, done) => {
      const payload = { phase: oneLine(phase).slice(0, 60) };
      const value = Math.min(1000, Math.round(done * 1000));
      if (begun) bar.update(value, payload);
      else bar.start(1000, value, payload);
      begun = true;
    },
    stop: () => {
      if (begun) bar.stop();
      begun = false;
    },
  };
}

/** Flags of the reading commands: how a text is read, and which files of a folder. */
import { pathToFileURL } from 'node:url';
import type { Argv } from 'yargs';
import { optionChecks } from '../checks/check-request.js';
import { type FoundFile, type WalkOptions, walkFolder } from '../documents/find-files.js';
import { MAX_DOCUMENTS, MAX_TOTAL_BYTES } from '../documents/limits.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { AskManyResult, AskOptions } from '../protocol.js';
import { note } from './print.js';

export interface ReadingFlags {
  raw?: boolean;
  topK?: unknown;
  docStride?: unknown;
  maxAnswerLength?: unknown;
  noAnswerThreshold?: unknown;
}

/** Adds the flags of {@link ReadingFlags} except --top-k, which only some commands have. */
export function withReadingFlags<T>(argv: Argv<T>): Argv<T> {
  return argv
    .option('raw', { type: 'boolean', describe: t('Read the characters as they are, markup included') })
    .option('no-answer-threshold', {
      type: 'number',
      requiresArg: true,
      describe: t('"No answer" above this difference of null score and best score (default: the model\'s)'),
    })
    .option('doc-stride', { type: 'number', requiresArg: true, describe: t('Overlap of windows, in pieces') })
    .option('max-answer-length', {
      type: 'number',
      requiresArg: true,
      describe: t('Longest answer, in pieces'),
    }) as Argv<T>;
}

/** @throws AskBertError BadRequest */
export function readingOptions(flags: ReadingFlags): AskOptions {
  const options: AskOptions = flags.raw ? { readAs: 'raw' } : {};
  const names = {
    topK: '--top-k',
    docStride: '--doc-stride',
    maxAnswerLength: '--max-answer-length',
    noAnswerThreshold: '--no-answer-threshold',
  } as const;
  for (const key of Object.keys(names) as (keyof typeof names)[]) {
    if (flags[key] !== undefined) options[key] = optionChecks[key](flags[key], names[key]);
  }
  return options;
}

export interface FolderFlags {
  dir?: string;
  include?: string[];
  noIgnore?: boolean;
}

export function withFolderFlags<T>(argv: Argv<T>): Argv<T> {
  return argv
    .option('dir', { type: 'string', requiresArg: true, describe: t('Read the files in this folder') })
    .option('include', {
      type: 'string',
      array: true,
      nargs: 1,
      requiresArg: true,
      describe: t('With --dir: only files that match, e.g. "*.md" or "docs/**" (as in .gitignore); may be repeated'),
    })
    .option('no-ignore', {
      type: 'boolean',
      describe: t('With --dir: also read what .gitignore files exclude, and node_modules'),
    }) as Argv<T>;
}

export interface Folder {
  files: (FoundFile & { uri: string })[];
  /** Name by URI, also of what was left out: that of a folder ends with a slash. */
  names: Map<string, string>;
  /** Files and folders already left out by the walk, in the form of a run's result. */
  skipped: AskManyResult['skipped'];
}

/**
 * The files of --dir. Files beyond the limits are reported on standard error.
 * @param belongs which of them are read: those of a shard. Nothing of it may be missing: what is beyond the limits is
 *   an error
 * @throws AskBertError
 */
export async function filesOfFolder(flags: FolderFlags, belongs?: WalkOptions['belongs']): Promise<Folder> {
  if (!flags.dir) throw new AskBertError('BadRequest', t('--dir: the name of the folder is empty.'));
  const walk = await walkFolder(flags.dir, { include: flags.include, ignored: flags.noIgnore, belongs });
  if (walk.beyondLimit > 0 && belongs) {
    const [count, megabytes] = [walk.beyondLimit, MAX_TOTAL_BYTES / 1024 / 1024];
    throw new AskBertError(
      'BadRequest',
      count === 1
        ? t('--shard: 1 file of this shard is beyond what one run reads ({0} files, {1} MB).', MAX_DOCUMENTS, megabytes)
        : t(
            '--shard: {0} files of this shard are beyond what one run reads ({1} files, {2} MB).',
            count,
            MAX_DOCUMENTS,
            megabytes,
          ),
      t('Divide the folder into more shards.'),
    );
  }
  if (walk.beyondLimit > 0) {
    const [count, megabytes] = [walk.beyondLimit, MAX_TOTAL_BYTES / 1024 / 1024];
    note(
      count === 1
        ? t('1 more file is left out: at most {0} files, {1} MB in total, are read.', MAX_DOCUMENTS, megabytes)
        : t(
            '{0} more files are left out: at most {1} files, {2} MB in total, are read.',
            count,
            MAX_DOCUMENTS,
            megabytes,
          ),
    );
  }
  const files = walk.files.map((file) => ({ ...file, uri: pathToFileURL(file.path).href }));
  const left = walk.skipped.map((each) => ({ ...each, uri: pathToFileURL(each.path).href }));
  return {
    files,
    names: new Map([...files, ...left].map(({ uri, name }) => [uri, name])),
    skipped: left.map(({ uri, reason, message }) => ({ uri, reason, message })),
  };
}

/** How many were skipped and why, in a few words; '' for none. */
export function skippedInWords(skipped: AskManyResult['skipped']): string {
  if (skipped.length === 0) return '';
  const words = {
    binary: t('binary'),
    tooLarge: t('too large'),
    unreadable: t('unreadable'),
    notText: t('in an unknown encoding'),
    password: t('protected by a password'),
    noText: t('without text'),
    damaged: t('damaged'),
  };
  const counts = new Map<string, number>();
  for (const { reason } of skipped) counts.set(words[reason], (counts.get(words[reason]) ?? 0) + 1);
  const list = Array.from(counts, ([reason, count]) => `${count} ${reason}`).join(', ');
  return t('{0} skipped ({1})', skipped.length, list);
}

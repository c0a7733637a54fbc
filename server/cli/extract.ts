/** `ask-bert extract`: runs a question set over the files of a folder and writes a table. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { version } from '../../package.json';
import { guessedText } from '../documents/decode.js';
import { type LoadedDocument, loadDocument } from '../documents/load.js';
import { stateFileOf } from '../documents/own-files.js';
import { readQuestionSet } from '../documents/question-set.js';
import { parseShard, SeenNames, shardFileOf } from '../documents/shards.js';
import type { TableRow } from '../documents/table-columns.js';
import { formatOf, TableFile } from '../documents/table-file.js';
import { AskBertError, asAskBertError } from '../errors.js';
import { t } from '../l10n.js';
import { modelHash } from '../model/model-hash.js';
import type { AnsweringEngine, AskOptions, ExtractResult, NamedQuestion } from '../protocol.js';
import { extract } from '../runs/extract.js';
import { inOrder } from '../runs/in-order.js';
import { embeddedModelFolder, type Session } from '../session/session.js';
import { stampOf } from '../storage/replace-file.js';
import { progressBar, type SessionFlags, withSession, withSessionFlags } from './common.js';
import { belongsTo } from './extract-shard.js';
import { ExtractState, textHash } from './extract-state.js';
import { checkTarget, targetOf, withTable } from './extract-target.js';
import { interruptible } from './interrupt.js';
import { nothingRead } from './nothing-read.js';
import { note } from './print.js';
import {
  type Folder,
  type FolderFlags,
  filesOfFolder,
  type ReadingFlags,
  readingOptions,
  skippedInWords,
  withFolderFlags,
  withReadingFlags,
} from './reading-flags.js';
import { ShardFile, type ShardHead } from './shard-file.js';

interface ExtractFlags extends SessionFlags, ReadingFlags, FolderFlags {
  questions: string;
  out: string;
  shard?: string;
  resume?: boolean;
  force?: boolean;
}

export const extractCommand = {
  command: 'extract',
  describe: t('Answer a set of questions from each file in a folder, as a table'),
  builder: (argv: Argv) =>
    withSessionFlags(withReadingFlags(withFolderFlags(argv)))
      .option('questions', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: t(
          'YAML or JSON: a list of {name, question, threshold}; threshold: as --no-answer-threshold, optional',
        ),
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: t('The table: a name that ends with .csv, .json or .md'),
      })
      .option('shard', {
        type: 'string',
        requiresArg: true,
        describe: t('I/N: only the files of this shard, for one of N processes; "ask-bert merge" makes the table'),
      })
      .option('resume', { type: 'boolean', describe: t('Skip what is already in the table') })
      .option('force', { type: 'boolean', describe: t('Also replace a file that is not a table of Ask BERT') })
      .demandOption('dir'),
  handler: (argv: ArgumentsCamelCase) => run(argv as unknown as ExtractFlags),
};

async function run(flags: ExtractFlags): Promise<void> {
  const options = readingOptions(flags);
  formatOf(flags.out);
  const shard = flags.shard === undefined ? undefined : parseShard(flags.shard, '--shard');
  const questions = await readQuestionSet(flags.questions);
  const whole = await targetOf(flags.out);
  const seen = new SeenNames();
  const folder = await filesOfFolder(flags, shard && belongsTo(shard, seen, whole, flags.questions));
  const [out, target] = shard ? [shardFileOf(flags.out, shard), shardFileOf(whole, shard)] : [flags.out, whole];
  const check = () => {
    const documents = folder.files.map(({ path }) => path);
    return checkTarget(out, target, { questions: flags.questions, documents }, flags.force === true);
  };
  await check();
  // The table may be in the folder itself.
  folder.files = await withoutOwn(folder.files, [target, stateFileOf(target), flags.questions]);
  // Of a small folder, shards may be empty.
  if ((shard ? seen.count : folder.files.length + folder.skipped.length) === 0)
    throw nothingRead(flags.dir ?? '', flags.include, []);
  await interruptible(t('It was stopped.'), (signal) =>
    withTable(out, target, async () => {
      // Again: another process may just have ended.
      await check();
      const before = await stampOf(target);
      const table = shard ? await ShardFile.create(target) : await TableFile.create(target, questions);
      const ofShard = shard && { shard, seen: seen.digest() };
      try {
        await withSession(flags, (session) =>
          fill(session, { questions, folder, options, table, before, out, flags, ofShard }, signal),
        );
      } finally {
        await table.discard();
      }
    }),
  );
}

/** The files but those that the run itself reads or writes, also where links lead to them. */
async function withoutOwn(files: Folder['files'], own: readonly string[]): Promise<Folder['files']> {
  const real = (file: string) => realpath(file).catch(() => path.resolve(file));
  const excluded = new Set(await Promise.all(own.map(real)));
  const names = new Set([...excluded].map((file) => path.basename(file)));
  const kept: Folder['files'] = [];
  for (const file of files) {
    const isOwn = names.has(path.basename(file.path)) && excluded.has(await real(file.path));
    if (!isOwn) kept.push(file);
  }
  return kept;
}

interface Filling {
  questions: NamedQuestion[];
  folder: Folder;
  options: AskOptions;
  table: TableFile | ShardFile;
  /** {@link stampOf} the table that is to be replaced. */
  before: string | undefined;
  /** The table or the shard, as the user names it. */
  out: string;
  flags: ExtractFlags;
  ofShard: Pick<ShardHead, 'shard' | 'seen'> | undefined;
}

/** A document that was loaded: its row, unless it was skipped. */
interface Read {
  row: TableRow;
  skipped?: ExtractResult['skipped'][number];
  /** {@link textHash} of a row that is not in the state yet. */
  text?: string;
  warnings?: string[];
}

/**
 * Writes the table, row by row in the order of the files. When it is stopped, the finished rows are in the state, and
 * in the table if no row is lost by that.
 * @throws AskBertError
 */
async function fill(session: Session, filling: Filling, signal: AbortSignal): Promise<void> {
  const { questions, folder, options, table, out, flags, ofShard } = filling;
  const { dir = '', include } = flags;
  const { files } = folder;
  const model = await modelHash(session.settings.modelPath || embeddedModelFolder());
  await session.prepare(signal);
  const { engine } = session;
  const real = await realpath(dir);
  const basis = { version, real, questions, options, model, name: engine?.name, precision: engine?.precision };
  const state = await ExtractState.open(table.file, basis, questions.length, flags.resume === true);
  const skipped: ExtractResult['skipped'] = [...folder.skipped];
  const bar = progressBar(t('Files'), files.length);
  const count = { done: 0, reused: 0, read: 0 };
  const skippedRow = (file: string, message: string): TableRow => ({
    file,
    cells: questions.map(() => null),
    skipped: message,
  });
  const write = (row: TableRow, ...more: [left?: ExtractResult['skipped'][number], walked?: string]) =>
    table instanceof ShardFile ? table.row(row, ...more) : table.row(row);
  const read = async ({ uri, name }: Folder['files'][number], stop: AbortSignal): Promise<Read> => {
    const document = await loadDocument({ uri }, stop);
    if ('reason' in document) return { row: skippedRow(name, document.message), skipped: { uri, ...document } };
    const text = textHash(document.text);
    const { notes } = document;
    const known = state.row(name, text);
    if (known) return { row: { ...known, notes } };
    const { cells, warnings } = await cellsOf(session, filling, uri, document, stop);
    return { row: { file: name, cells, notes }, text, warnings };
  };
  const add = async (_: unknown, { row, skipped: left, text, warnings = [] }: Read) => {
    if (left) skipped.push(left);
    else count.read++;
    if (text !== undefined) await state.add({ ...row, text });
    else if (!left) count.reused++;
    for (const each of [...warnings, ...(row.notes ?? [])]) note(each);
    await write(row, left);
    bar.update(++count.done);
  };
  let failure: AskBertError | undefined;
  try {
    const nameOf = (uri: string) => path.relative(path.resolve(dir), fileURLToPath(uri)).split(path.sep).join('/');
    if (table instanceof ShardFile)
      await table.begin({ ...ofShard!, version, questions, options, model, engine: named(engine!) });
    for (const left of folder.skipped)
      await write(skippedRow(nameOf(left.uri), left.message), left, folder.names.get(left.uri));
    // Enough documents for their questions together to keep the engine busy.
    const most = () => Math.ceil(session.concurrency / questions.length);
    await inOrder(files, most, read, add, signal, ({ size }) => size);
  } catch (error) {
    failure = asAskBertError(error);
  }
  bar.stop();
  try {
    await place(filling, state, count.done, skipped, engine ? named(engine) : undefined, failure);
  } finally {
    await state.close();
  }
  if (failure && failure.code !== 'Cancelled') throw failure;
  const rows = t('{0}: {1} of {2} files', out, count.done, files.length);
  const parts = [rows, count.reused > 0 ? t('{0} from an earlier run', count.reused) : '', skippedInWords(skipped)];
  note(parts.filter(Boolean).join(', '));
  if (count.read === 0 && !failure && !ofShard) throw nothingRead(dir, include, skipped);
  if (failure) throw new AskBertError('Cancelled', t('It was stopped.'), t('--resume continues from here.'));
}

/** The cells of one document, and what was found out about its encoding. @throws AskBertError of the session */
async function cellsOf(
  session: Session,
  { questions, options }: Filling,
  uri: string,
  { text, extracted, encoding }: LoadedDocument,
  signal: AbortSignal,
): Promise<{ cells: TableRow['cells']; warnings: string[] }> {
  const guessed = encoding === undefined ? [] : [guessedText(fileURLToPath(uri), encoding)];
  const result = await extract(session, { questions, options, documents: [{ uri, text, extracted }] }, signal);
  const warnings = [...guessed, ...(result.warnings ?? []).map(({ message }) => message)];
  return { cells: result.rows[0].cells, warnings };
}

/**
 * Puts the table in its place. One that is not complete replaces at most a shorter one of the same run, a shard
 * nothing.
 * @throws AskBertError BadRequest: somebody else has changed the file meanwhile
 */
async function place(
  { table, before, out }: Filling,
  state: ExtractState,
  done: number,
  skipped: ExtractResult['skipped'],
  engine: AnsweringEngine | undefined,
  failure: AskBertError | undefined,
): Promise<void> {
  if (failure && table instanceof ShardFile) return;
  if (failure) {
    const isOurs = before !== undefined && before === state.placed?.stamp && done >= state.placed.rows;
    if (done === 0 || (before !== undefined && !isOurs)) {
      if (before !== undefined) note(t('{0} is left as it was.', out));
      return;
    }
  }
  if ((await stampOf(table.file)) !== before) {
    throw new AskBertError(
      'InputUnreadable',
      t('{0} was changed while the files were read; it is not replaced.', out),
      t('Move it away, then run this again with --resume.'),
    );
  }
  try {
    await table.place(skipped, engine);
  } catch (error) {
    // What came first is told.
    throw failure && failure.code !== 'Cancelled' ? failure : error;
  }
  await state.noteTable(table.file, done);
}

const named = ({ name, device, model, precision }: NonNullable<Session['engine']>) => ({
  name,
  device,
  model,
  precision,
});

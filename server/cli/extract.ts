/** `ask-bert extract`: runs a question set over the files of a folder and writes a table. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { readQuestionSet } from '../documents/question-set.js';
import { formatOf, TableFile, type TableRow } from '../documents/table-file.js';
import { AskBertError, asAskBertError, throwIfAborted } from '../errors.js';
import { t } from '../l10n.js';
import type { AskOptions, ExtractResult, NamedQuestion } from '../protocol.js';
import { extract } from '../runs/extract.js';
import type { Session } from '../session/session.js';
import { progressBar, type SessionFlags, withSession, withSessionFlags } from './common.js';
import { ExtractState, stateFileOf } from './extract-state.js';
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

interface ExtractFlags extends SessionFlags, ReadingFlags, FolderFlags {
  questions: string;
  out: string;
  resume?: boolean;
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
      .option('resume', { type: 'boolean', describe: t('Skip what is already in the table') })
      .demandOption('dir'),
  handler: (argv: ArgumentsCamelCase) => run(argv as unknown as ExtractFlags),
};

async function run(flags: ExtractFlags): Promise<void> {
  const options = readingOptions(flags);
  formatOf(flags.out);
  const questions = await readQuestionSet(flags.questions);
  const folder = await filesOfFolder(flags);
  // The table may be in the folder itself.
  const own = [flags.out, stateFileOf(flags.out), flags.questions].map((file) => path.resolve(file));
  folder.files = folder.files.filter((file) => !own.includes(file.path));
  if (folder.files.length + folder.skipped.length === 0) throw nothingRead(flags.dir ?? '', flags.include, []);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt);
  try {
    await withSession(flags, (session) => fill(session, questions, folder, options, flags, stop.signal));
  } finally {
    process.off('SIGINT', interrupt);
  }
}

/** Writes the table, row by row in the order of the files. @throws AskBertError; finished rows are in the table then */
async function fill(
  session: Session,
  questions: NamedQuestion[],
  folder: Folder,
  options: AskOptions,
  { out, resume, dir = '', include }: ExtractFlags,
  signal: AbortSignal,
): Promise<void> {
  const { files } = folder;
  await session.prepare(signal);
  const { engine, model } = session;
  const basis = { questions, options, model: model?.folder, name: engine?.name, precision: engine?.precision };
  const state = await ExtractState.open(out, basis, resume === true);
  const skipped: ExtractResult['skipped'] = [...folder.skipped];
  const bar = progressBar(t('Files'), files.length);
  let done = 0;
  let reused = 0;
  let read = 0;
  const skippedRow = (file: string, message: string): TableRow => ({
    file,
    cells: questions.map(() => null),
    skipped: message,
  });
  let table: TableFile | undefined;
  let failure: AskBertError | undefined;
  try {
    table = await TableFile.create(out, questions);
    const nameOf = (uri: string) => path.relative(path.resolve(dir), fileURLToPath(uri)).split(path.sep).join('/');
    for (const { uri, message } of folder.skipped) await table.row(skippedRow(nameOf(uri), message));
    for (const file of files) {
      throwIfAborted(signal);
      let row = state.row(file);
      if (row) reused++;
      else {
        const result = await extract(session, { questions, options, documents: [{ uri: file.uri }] }, signal);
        skipped.push(...result.skipped);
        for (const { message } of result.warnings ?? []) note(message);
        if (result.rows.length > 0) {
          row = { file: file.name, cells: result.rows[0].cells };
          await state.add({ ...row, size: file.size, mtimeMs: file.mtimeMs });
        }
      }
      if (row) read++;
      await table.row(row ?? skippedRow(file.name, skipped.at(-1)?.message ?? ''));
      bar.update(++done);
    }
  } catch (error) {
    failure = asAskBertError(error);
  } finally {
    bar.stop();
    await table?.end(skipped, engine ? named(engine) : undefined);
    await state.close();
  }
  if (failure && failure.code !== 'Cancelled') throw failure;
  const rows = t('{0}: {1} of {2} files', out, done, files.length);
  const parts = [rows, reused > 0 ? t('{0} from an earlier run', reused) : '', skippedInWords(skipped)];
  note(parts.filter(Boolean).join(', '));
  if (read === 0 && !failure) throw nothingRead(dir, include, skipped);
  if (failure) throw new AskBertError('Cancelled', t('It was stopped.'), t('--resume continues from here.'));
}

const named = ({ name, device, model, precision }: NonNullable<Session['engine']>) => ({
  name,
  device,
  model,
  precision,
});

/**
 * `ask-bert ask`: one question about a file, standard input or a folder; without a question, one after the other about
 * a file.
 */

import type { ArgumentsCamelCase, Argv } from 'yargs';
import { checkBudget, checkQuestion, oneOf } from '../checks/check-request.js';
import { usualBudget } from '../documents/extraction.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { AskProgress, AskResult } from '../protocol.js';
import type { AskRequest } from '../reader/request.js';
import type { Session } from '../session/session.js';
import { append } from '../text/arrays.js';
import { oneLine } from '../text/one-line.js';
import { type AskDirFlags, type Asking, askDir } from './ask-dir.js';
import { askFiles } from './ask-files.js';
import { askHf, FORMATS, type HfFlags, pipelineOptions, withHfFlags } from './ask-hf.js';
import { type Bar, bestSoFar, buildBar, cancellable, progressBar, withSession, withSessionFlags } from './common.js';
import { asPrinted, wordsOfAnswer } from './decoded.js';
import { type PasswordFlags, passwordOf, withPasswordFlag } from './password.js';
import { placeText } from './place-text.js';
import { note, print, printJson } from './print.js';
import { type Document, readDocument } from './read-document.js';
import { type ReadingFlags, readingOptions, withFolderFlags, withReadingFlags } from './reading-flags.js';
import { promptForQuestions, questionsFromLines } from './repl.js';
import { alsoText, beliefText, correctedText, readText, shareText, shownAnswer } from './shown-answer.js';
import { type Style, styleFor, wantsColour } from './text.js';

/** Candidates below this would be shown as p=0.00: only JSON has them. */
const SHOWN_PROBABILITY = 0.005;

interface AskFlags extends AskDirFlags, ReadingFlags, PasswordFlags, HfFlags {
  files?: string[];
  question?: unknown[];
}

export const askCommand = {
  command: 'ask [files..]',
  describe: t('Answer questions from files, standard input (-) or the files in a folder (--dir)'),
  builder: (argv: Argv) =>
    withHfFlags(withPasswordFlag(withSessionFlags(withReadingFlags(withFolderFlags(argv)))))
      .positional('files', {
        type: 'string',
        array: true,
        describe: t('The files to read; - or nothing: standard input'),
      })
      .option('question', {
        alias: 'q',
        type: 'string',
        array: true,
        nargs: 1,
        requiresArg: true,
        describe: t('The question; may be repeated (default: typed in, or the lines of standard input)'),
      })
      .option('json', { type: 'boolean', describe: t('Print the result as JSON') })
      .option('budget', {
        type: 'number',
        requiresArg: true,
        describe: t(
          'Seconds; of what would take longer, the passages nearest to the question are read first. With --dir and for long PDF and Office files also if it is not given (default 30; 0: read everything)',
        ),
      })
      .option('top-k', {
        type: 'number',
        requiresArg: true,
        describe: t('Maximum number of answers, 1 to 20 (default 5)'),
      }),
  handler: (argv: ArgumentsCamelCase) => runAsk(argv as unknown as AskFlags),
};

async function runAsk(flags: AskFlags): Promise<void> {
  const format = flags.format === undefined ? undefined : oneOf(...FORMATS)(flags.format, '--format');
  if (format === 'hf') return runHf(flags);
  for (const [key, flag] of [
    ['handleImpossibleAnswer', '--handle-impossible-answer'],
    ['maxSeqLen', '--max-seq-len'],
  ] as const) {
    if (flags[key] !== undefined) throw new AskBertError('BadRequest', t('{0} needs --format hf.', flag));
  }
  if (format === 'json') flags.json = true;
  const options = readingOptions(flags);
  const files = filesOf(flags.files);
  if (flags.dir !== undefined && flags.question === undefined) {
    throw new AskBertError('BadRequest', t('--dir needs --question.'));
  }
  const budgetSeconds = flags.budget === undefined ? undefined : checkBudget(flags.budget, '--budget');
  const asking: Asking = { options, budgetSeconds };
  if (flags.question === undefined) return askMore(flags, files, asking);
  const questions = flags.question.map((question) => checkQuestion(question, '--question'));
  const password = await passwordOf(flags);
  if (flags.dir !== undefined) {
    if (files.length > 0) throw new AskBertError('BadRequest', t('Name a file or --dir, not both.'));
    return askDir(flags, questions, asking);
  }
  if (files.length <= 1 && questions.length === 1) {
    const [question] = questions;
    const { document, result } = await cancellable((signal) =>
      withSession(flags, async (session) => {
        const asked = flags.json ? undefined : { question, options };
        const read = await readDocument(files[0], { password, signal, session, asked });
        return { document: read, result: await answer(session, read, question, asking, signal) };
      }),
    );
    return show(result, flags, document);
  }
  const style = styleFor(wantsColour(process.stdout));
  const work = (session: Session, signal: AbortSignal) => {
    const asker = {
      read: (file: string | undefined) => readDocument(file, { password, signal, session }),
      ask: (document: Document, question: string) => answer(session, document, question, asking, signal),
      report: (result: AskResult, { name, text }: Document) => report(result, name, text, style),
    };
    return askFiles(asker, files.length > 0 ? files : [undefined], questions, flags.json === true, style);
  };
  const isSeries = files.length * questions.length > 1;
  await cancellable((signal) => withSession(flags, (session) => work(session, signal), isSeries));
}

/** Its own questions and texts, and nothing of documents. */
async function runHf(flags: AskFlags): Promise<void> {
  const options = pipelineOptions(flags);
  if (flags.question === undefined) throw new AskBertError('BadRequest', t('--format hf needs --question.'));
  const questions = flags.question.map((question) => checkQuestion(question, '--question'));
  const files = filesOf(flags.files);
  const password = await passwordOf(flags);
  const named = files.length > 0 ? files : [undefined];
  await cancellable((signal) =>
    withSession(flags, (session) =>
      askHf(session, named, questions, options, (file) => readDocument(file, { password, signal }), signal),
    ),
  );
}

/** The named files. The parser turns a lone hyphen into an empty text, or nothing. */
function filesOf(given: readonly string[] = []): string[] {
  const files = given.map(String);
  if (files.length === 0 && process.argv.slice(2).includes('-')) return ['-'];
  return files.map((file) => (file === '' && process.argv.includes('-') ? '-' : file));
}

/** Questions from the terminal or from standard input, which then cannot be the document. */
async function askMore(flags: AskFlags, files: readonly string[], asking: Asking): Promise<void> {
  if (files.length > 1) throw new AskBertError('BadRequest', t('Several files need --question.'));
  const [file] = files;
  if (!file || file === '-') {
    throw new AskBertError(
      'BadRequest',
      t('No question is given, and standard input cannot be both the document and the questions.'),
      t('Give --question, or name a file.'),
    );
  }
  const password = await passwordOf(flags);
  const document = await cancellable((signal) => readDocument(file, { password, signal }));
  const work = async (session: Session): Promise<void> => {
    const repl = {
      input: process.stdin,
      prompts: process.stderr,
      answer: async (line: string, signal: AbortSignal) => {
        const question = checkQuestion(line, t('question'));
        await show(await answer(session, document, question, asking, signal), flags, document);
      },
      failed: async (error: AskBertError, question: string) => {
        note(error.line);
        // One line per question, so that questions and answers can be matched.
        if (flags.json) await printJson({ question, error: { code: error.code, message: error.line } });
      },
    };
    if (process.stdin.isTTY) {
      await session.prepare();
      return promptForQuestions(repl);
    }
    const { questions, failures } = await questionsFromLines({
      ...repl,
      answer: (line) => cancellable((signal) => repl.answer(line, signal)),
      failed: (error, question) => {
        if (error.code === 'Cancelled') throw error;
        return repl.failed(error, question);
      },
    });
    if (questions === 0) {
      throw new AskBertError('BadRequest', t('No question is given, either by --question or on standard input.'));
    }
    if (failures > 0) throw new AskBertError('EngineRun', t('{0} of {1} questions failed.', failures, questions));
  };
  // A series of questions benefits from an engine built in the meantime.
  await withSession(flags, work, true);
}

/** Asks, with a progress bar if it takes long, and the best answer so far next to it. */
async function answer(
  session: Session,
  { name, notes, encoding: _, ...about }: Document,
  question: string,
  { options, budgetSeconds }: Asking,
  signal?: AbortSignal,
): Promise<AskResult> {
  let bar: Bar | undefined;
  const building = buildBar();
  try {
    // It is not visible without a bar.
    const soFar = process.stderr.isTTY;
    const seconds = budgetSeconds ?? usualBudget(about);
    const request: AskRequest = { ...about, question, options, budgetSeconds: seconds, key: name, soFar };
    const onProgress = ({ stage, done, total, answers }: AskProgress) => {
      if (stage === 'load' && total > 0) building.update('', done / total);
      else building.stop();
      if (stage !== 'engine' || total < 8) return;
      bar ??= progressBar(t('Reading'), total);
      const best = answers?.[0];
      bar.update(done, best && bestSoFar(best));
    };
    const result = await session.answer(request, signal, onProgress);
    return notes ? { ...result, notes } : result;
  } finally {
    building.stop();
    bar?.stop();
  }
}

async function show(result: AskResult, flags: AskFlags, { name, text }: Document): Promise<void> {
  for (const warning of result.warnings) note(warning.message);
  if (flags.json) await printJson({ ...result, answers: result.answers.map(asPrinted) });
  else await print(report(result, name, text, styleFor(wantsColour(process.stdout))));
}

/** The result for display: the passage, its place, then the other candidates in short. */
export function report(result: AskResult, file: string, text: string, style: Style): string {
  const { answers, noAnswer, engine, timing } = result;
  const [best, ...others] = answers;
  const lines: string[] = [];
  if (result.correctedQuestion !== undefined) lines.push(correctedText(result.correctedQuestion), '');
  if (noAnswer.chosen || !best) {
    let line = result.read
      ? t('No answer in the {0}% of the text that was read', shareText(result.read))
      : result.otherLanguage
        ? t('No answer in this text')
        : t('No answer in this text (p={0})', noAnswer.probability.toFixed(2));
    if (best) {
      line += t('; best guess: {0}', `${oneLine(wordsOfAnswer(best))} (${beliefText(best)})`);
      lines.push(`${line}  ${style.dim(placeText(file, best))}`);
    } else {
      lines.push(`${line}.`);
    }
  } else {
    lines.push(`${style.bold(placeText(file, best))}  ${beliefText(best)}`, '');
    append(
      lines,
      shownAnswer(text, best, style).map((line) => `  ${line}`),
    );
    if (best.also) lines.push('', style.dim(alsoText(best.also.map((other) => placeText(file, other)))));
  }
  const worthwhile = others.filter(({ probability }) => probability >= SHOWN_PROBABILITY);
  if (worthwhile.length > 0) {
    lines.push('', t('Other candidates:'));
    for (const other of worthwhile) {
      const shown = oneLine(wordsOfAnswer(other));
      lines.push(`  ${beliefText(other)}  ${shown}  ${style.dim(placeText(file, other))}`);
    }
  }
  const { windows, totalMs } = timing;
  if (result.read) lines.push('', readText(result.read));
  const how = `${windows === 1 ? t('1 window') : t('{0} windows', windows)}, ${Math.round(totalMs)} ms`;
  lines.push('', style.dim(oneLine(`${how} · ${engine.model}, ${engine.precision}, ${engine.device}`)));
  return lines.join('\n');
}

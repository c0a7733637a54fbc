/** `ask-bert evaluate`: asks every question of a set and shows how good the answers are, group by group. */
import { writeFile } from 'node:fs/promises';
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { AnsweringEngine, AskOptions } from '../protocol.js';
import type { Session } from '../session.js';
import { oneOf, optionChecks } from '../sidecar/validate.js';
import { print, progressBar, type SessionFlags, withSession, withSessionFlags } from './common.js';
import { Evaluation, type Figures, type Score, type Span } from './evaluation-metrics.js';
import { Reliability, reliabilityTable } from './evaluation-reliability.js';
import { type EvaluationSet, groupings, readEvaluationSet, splits } from './evaluation-set.js';

/** Answers of which the best one counts in `f1Any`. */
const TOP = 5;

interface EvaluateFlags extends SessionFlags {
  file: string;
  split?: unknown;
  by?: unknown;
  raw?: boolean;
  noAnswerThreshold?: unknown;
  reliability?: boolean;
  out?: string;
  json?: boolean;
}

/** One question in `--out`. */
interface Detail extends Score {
  id: string;
  group: string;
  question: string;
  answers: (Span & { score: number; margin: number; probability: number })[];
  noAnswer: { score: number; probability: number; chosen: boolean };
}

export const evaluateCommand = {
  command: 'evaluate <file>',
  describe: t('Answer and score a set of questions: SQuAD v1.1 or v2.0, or questions about files (JSON)'),
  builder: (argv: Argv) =>
    withSessionFlags(argv)
      .positional('file', { type: 'string', demandOption: true, describe: t('The questions') })
      .option('split', {
        type: 'string',
        requiresArg: true,
        describe: t('dev, test or all (default): half of a set about files'),
      })
      .option('by', {
        type: 'string',
        requiresArg: true,
        describe: t('kind (default), type, file or block (what the answer stands in): groups of such a set'),
      })
      .option('raw', { type: 'boolean', describe: t('Read the characters as they stand, not the prose in them') })
      .option('no-answer-threshold', {
        type: 'number',
        requiresArg: true,
        describe: t('"No answer" above this difference of null score and best score (default: the model\'s)'),
      })
      .option('reliability', { type: 'boolean', describe: t('Also show how often answers of a probability are right') })
      .option('out', { type: 'string', requiresArg: true, describe: t('Write every question with its answers (JSON)') })
      .option('json', { type: 'boolean', describe: t('Print the figures as JSON') }),
  handler: (argv: ArgumentsCamelCase) => evaluate(argv as unknown as EvaluateFlags),
};

async function evaluate(flags: EvaluateFlags): Promise<void> {
  const split = flags.split === undefined ? 'all' : oneOf(...splits)(flags.split, '--split');
  const by = flags.by === undefined ? 'kind' : oneOf(...groupings)(flags.by, '--by');
  const options: AskOptions = { topK: TOP, readAs: flags.raw ? 'raw' : 'auto' };
  if (flags.noAnswerThreshold !== undefined) {
    options.noAnswerThreshold = optionChecks.noAnswerThreshold(flags.noAnswerThreshold, '--no-answer-threshold');
  }
  const set = await readEvaluationSet(flags.file, { split, by });
  if (set.questions === 0) {
    throw new AskBertError('InputUnreadable', t('{0} has no question.', flags.file));
  }
  const { evaluation, reliability, details, seconds, engine } = await withSession(flags, (session) =>
    askAll(session, set, options),
  );
  if (flags.out) await save(flags.out, details);
  const groups = evaluation.groups();
  const overall = evaluation.overall();
  if (flags.json) {
    const figures = { overall, groups: Object.fromEntries(groups), reliability: reliability.figures() };
    await print(JSON.stringify({ readAs: options.readAs, ...figures, seconds, engine }));
    return;
  }
  const about = [
    `${seconds.toFixed(1)} s`,
    t('{0} questions/s', (evaluation.total / seconds).toFixed(1)),
    ...(engine ? [`${engine.model}, ${engine.precision}, ${engine.device}`] : []),
  ];
  const tables = [table([...groups, [t('all'), overall]])];
  if (flags.reliability) tables.push(reliabilityTable(reliability.figures()));
  await print([...tables, about.join(' · ')].join('\n\n'));
}

interface EvaluationRun {
  evaluation: Evaluation;
  reliability: Reliability;
  details: Detail[];
  seconds: number;
  engine: AnsweringEngine | undefined;
}

async function askAll(session: Session, set: EvaluationSet, options: AskOptions): Promise<EvaluationRun> {
  const evaluation = new Evaluation(set.version2);
  const reliability = new Reliability();
  const run: EvaluationRun = { evaluation, reliability, details: [], seconds: 0, engine: undefined };
  await session.prepare();
  const bar = progressBar(t('Questions'), set.questions);
  const begin = performance.now();
  try {
    for await (const { id, group, question, text, fileName, golds } of set.all()) {
      const { answers, noAnswer, engine } = await session.ask({ text, fileName, key: fileName, question, options });
      const score = evaluation.add(group, { golds, answers, noAnswer: noAnswer.chosen });
      if (answers.length > 0) reliability.add(answers[0].probability, golds.length > 0 ? score.f1 : 0);
      run.engine = engine;
      run.details.push({
        ...{ id, group, question, ...score },
        answers: answers.map(({ text, prose, start, score, margin, probability }) => ({
          ...{ text, prose, start, score, margin, probability },
        })),
        noAnswer: { score: noAnswer.score, probability: noAnswer.probability, chosen: noAnswer.chosen },
      });
      bar.update(evaluation.total);
    }
  } finally {
    bar.stop();
  }
  run.seconds = (performance.now() - begin) / 1000;
  return run;
}

async function save(file: string, details: Detail[]): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(details)}\n`);
  } catch (error) {
    throw new AskBertError('InputUnreadable', t('{0} cannot be written: {1}.', file, (error as Error).message));
  }
}

/** Columns of the table: heading and figure. */
const COLUMNS: [heading: string, figure: (figures: Figures) => number | null, digits: number][] = [
  [t('questions'), ({ questions }) => questions, 0],
  [t('answerable'), ({ answerable }) => answerable, 0],
  ['EM', ({ exact }) => exact, 1],
  ['F1', ({ f1 }) => f1, 1],
  [t('F1 of {0}', TOP), ({ f1Any }) => f1Any, 1],
  [t('place'), ({ place }) => place, 1],
  [t('no-answer P'), ({ noAnswerPrecision }) => noAnswerPrecision, 1],
  [t('no-answer R'), ({ noAnswerRecall }) => noAnswerRecall, 1],
  [t('EM all'), ({ exactDecided }) => exactDecided, 1],
  [t('F1 all'), ({ f1Decided }) => f1Decided, 1],
];

/**
 * A Markdown table. EM to place: the answerable questions, whatever was decided; no-answer P and R: precision and recall
 * of that decision; "all": all questions with the decision, as in SQuAD v2.0.
 */
export function table(groups: [string, Figures][]): string {
  const lines = groups.map(([name, figures]) => [
    name,
    ...COLUMNS.map(([, figure, digits]) => figure(figures)?.toFixed(digits) ?? '-'),
  ]);
  const headings = ['', ...COLUMNS.map(([heading]) => heading)];
  const widths = headings.map((_, i) => Math.max(3, ...[headings, ...lines].map((line) => line[i].length)));
  const row = (cells: string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [row(headings), row(rule), ...lines.map(row)].join('\n');
}

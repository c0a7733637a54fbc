/** `ask-bert evaluate`: asks every question of a set and shows how good the answers are, group by group. */
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { integer, oneOf, optionChecks } from '../checks/check-request.js';
import { type SessionFlags, withSession, withSessionFlags } from '../cli/common.js';
import { print, printJson } from '../cli/print.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { AskOptions } from '../protocol.js';
import { IndexCache } from '../ranking/index-cache.js';
import type { Session } from '../session/session.js';
import { type Among, type Asked, askAmong, type Claim, claimsTable } from './among.js';
import { askAlone, askSet, describeRun, type SetRun, save } from './ask-set.js';
import { markdownTable } from './columns.js';
import { type EvaluationQuestion, type EvaluationSet, groupings, readEvaluationSet, splits } from './labelled-set.js';
import { Evaluation, type Figures, type Score, type Span } from './metrics.js';
import { Reliability, reliabilityTable } from './reliability.js';

/** Number of answers considered for `f1Any`. */
const TOP = 5;
/** Maximum number of other documents. */
const MOST_OTHERS = 1000;
const DEFAULT_SEED = 1;

interface EvaluateFlags extends SessionFlags {
  file: string;
  split?: unknown;
  by?: unknown;
  among?: unknown;
  seed?: unknown;
  ranked?: boolean;
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
  answers: (Span & { score: number; margin: number; probability: number; file?: string | undefined })[];
  noAnswer: { score: number; probability: number; chosen: boolean };
  /** Among others: how much of them was read, in percent. */
  read?: number | undefined;
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
        describe: t('dev, test or all (default): which half of a set about files'),
      })
      .option('by', {
        type: 'string',
        requiresArg: true,
        describe: t('kind (default), type, file or block (where the answer is): how to group such a set'),
      })
      .option('among', {
        type: 'number',
        requiresArg: true,
        describe: t('Ask each question about its own file and this many others of the same half, as ask --dir does'),
      })
      .option('seed', {
        type: 'number',
        requiresArg: true,
        describe: t('With --among: seed for choosing the other files (default {0})', DEFAULT_SEED),
      })
      .option('ranked', {
        type: 'boolean',
        describe: t('With --among: rank passages by their words first, as if there were not enough time for all'),
      })
      .option('raw', { type: 'boolean', describe: t('Read the characters as they are, not the prose in them') })
      .option('no-answer-threshold', {
        type: 'number',
        requiresArg: true,
        describe: t('"No answer" above this difference of null score and best score (default: the model\'s)'),
      })
      .option('reliability', {
        type: 'boolean',
        describe: t('Also show how often answers with a given probability are right'),
      })
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
  const among = amongOf(flags, set);
  const run = await withSession(flags, (session) => askAll(session, set, options, among));
  const { evaluation, reliability, details, claims, seconds, engine } = run;
  if (flags.out) await save(flags.out, details);
  const groups = evaluation.groups();
  const overall = evaluation.overall();
  if (flags.json) {
    const figures = { overall, groups: Object.fromEntries(groups), reliability: reliability.figures() };
    const about = among && { among: { ...among, read: meanOf(details), claims } };
    await printJson({ readAs: options.readAs, ...about, ...figures, seconds, engine });
    return;
  }
  const about = describeRun(run);
  if (among) about.unshift(t('{0}% of the text read', meanOf(details).toFixed(1)));
  const tables = [table([...groups, [t('all'), overall]])];
  if (claims.length > 0) tables.push(claimsTable(claims));
  if (flags.reliability) tables.push(reliabilityTable(reliability.figures()));
  await print([...tables, about.join(' · ')].join('\n\n'));
}

/** @throws AskBertError BadRequest: the set is not about files, a flag alone, a number out of range */
function amongOf({ among, seed, ranked }: EvaluateFlags, set: EvaluationSet): Among | undefined {
  if (among === undefined) {
    const alone = seed !== undefined ? '--seed' : ranked ? '--ranked' : undefined;
    if (alone) throw new AskBertError('BadRequest', t('{0} requires --among.', alone));
    return undefined;
  }
  if (!set.documents) throw new AskBertError('BadRequest', t('--among needs a set of questions about files.'));
  return {
    others: integer(0, MOST_OTHERS)(among, '--among'),
    seed: seed === undefined ? DEFAULT_SEED : integer(0, Number.MAX_SAFE_INTEGER)(seed, '--seed'),
    ranked: ranked ?? false,
  };
}

const meanOf = (details: readonly Detail[]): number =>
  details.reduce((sum, { read }) => sum + (read ?? 0), 0) / details.length;

interface EvaluationRun extends SetRun {
  evaluation: Evaluation;
  reliability: Reliability;
  details: Detail[];
  /** Questions without an answer in their own document that another one answers. */
  claims: Claim[];
}

async function askAll(
  session: Session,
  set: EvaluationSet,
  options: AskOptions,
  among: Among | undefined,
): Promise<EvaluationRun> {
  const evaluation = new Evaluation(set.version2);
  const reliability = new Reliability();
  const details: Detail[] = [];
  const claims: Claim[] = [];
  const cache = new IndexCache();
  const ask = (question: EvaluationQuestion) =>
    among ? askAmong(session, question, set.documents!, among, options, cache) : askAlone(session, question, options);
  const run = await askSet(session, set, Infinity, ask, (question, asked) => {
    const score = evaluation.add(question.group, asked);
    const [best] = asked.answers;
    const answerable = asked.golds.length > 0;
    if (best) reliability.add(best.probability, answerable ? score.f1 : 0);
    if (asked.elsewhere && !answerable && !asked.noAnswer)
      claims.push({ id: question.id, question: question.question, answer: best });
    details.push(detailOf(question, asked, score));
  });
  return { ...run, evaluation, reliability, details, claims };
}

function detailOf({ id, group, question }: EvaluationQuestion, asked: Asked, score: Score): Detail {
  const { score: nullScore, probability, chosen } = asked.decision;
  return {
    id,
    group,
    question,
    ...score,
    answers: asked.answers.map(({ file, text, prose, start, score, margin, probability, misplaced }) => ({
      file,
      text,
      prose,
      start,
      score,
      margin,
      probability,
      misplaced,
    })),
    noAnswer: { score: nullScore, probability, chosen },
    read: asked.read,
  };
}

type Column = [heading: string, figure: (figures: Figures) => number | null, digits: number];

/** How often the best answer is in another document. */
const ELSEWHERE: Column = [t('elsewhere'), ({ elsewhere }) => elsewhere, 1];
const COLUMNS: Column[] = [
  [t('questions'), ({ questions }) => questions, 0],
  [t('answerable'), ({ answerable }) => answerable, 0],
  ['EM', ({ exact }) => exact, 1],
  ['F1', ({ f1 }) => f1, 1],
  [t('F1 of {0}', TOP), ({ f1Any }) => f1Any, 1],
  [t('place'), ({ place }) => place, 1],
  ELSEWHERE,
  [t('no-answer P'), ({ noAnswerPrecision }) => noAnswerPrecision, 1],
  [t('no-answer R'), ({ noAnswerRecall }) => noAnswerRecall, 1],
  [t('EM all'), ({ exactDecided }) => exactDecided, 1],
  [t('F1 all'), ({ f1Decided }) => f1Decided, 1],
];

/**
 * A Markdown table. EM to elsewhere: the answerable questions, regardless of the decision; no-answer P and R: precision
 * and recall of that decision; "all": all questions with the decision, as in SQuAD v2.0. "elsewhere" only if there were
 * others.
 */
export function table(groups: [string, Figures][]): string {
  const among = groups.some(([, { elsewhere }]) => elsewhere !== null);
  const columns = COLUMNS.filter((column) => column !== ELSEWHERE || among);
  const lines = groups.map(([name, figures]) => [
    name,
    ...columns.map(([, figure, digits]) => figure(figures)?.toFixed(digits) ?? '-'),
  ]);
  const headings = ['', ...columns.map(([heading]) => heading)];
  return markdownTable(headings, lines);
}

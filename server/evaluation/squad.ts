/** `ask-bert squad`: answers every question of a SQuAD file and scores the answers. */
import path from 'node:path';
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { integer } from '../checks/check-request.js';
import { type SessionFlags, sessionSettings, withSession, withSessionFlags } from '../cli/common.js';
import { print, printJson } from '../cli/print.js';
import { t } from '../l10n.js';
import type { MeasuredLoss, RangedPrecision } from '../model/ranges/ranges.js';
import type { Session } from '../session/session.js';
import type { Asked } from './among.js';
import { askAlone, askSet, describeRun, type SetRun, save } from './ask-set.js';
import { plainTable } from './columns.js';
import { type EvaluationQuestion, type EvaluationSet, readSquadSet } from './labelled-set.js';
import { measureSpeed } from './measure-speed.js';
import { noteLoss, rangedPrecision } from './note-loss.js';
import { type Metrics, type Scored, SquadScorer } from './squad-metrics.js';

/** Null odds of a question whose text has no span at all: above every real difference, and a JSON number. */
const NO_SPAN_ODDS = 1e6;

interface SquadFlags extends SessionFlags {
  file: string;
  limit?: unknown;
  version2?: boolean;
  out?: string;
  details?: boolean;
  nullOdds?: string;
  noteLoss?: boolean;
  json?: boolean;
}

/** One prediction as `--details` writes it; offsets in UTF-16 units of the context, -1 without any span. */
interface Detail {
  text: string;
  start: number;
  end: number;
  score: number;
  null: number;
}

interface SquadRun extends SetRun {
  predictions: Record<string, string>;
  details: Record<string, Detail>;
  nullOdds: Record<string, number>;
  metrics: Metrics;
}

export const squadCommand = {
  command: 'squad <file>',
  describe: t('Answer and score the questions of a SQuAD file (JSON)'),
  builder: (argv: Argv) =>
    withSessionFlags(argv)
      .positional('file', { type: 'string', demandOption: true, describe: t('A SQuAD file, v1.1 or v2.0') })
      .option('version-2', {
        type: 'boolean',
        describe: t('Use the metrics of v2.0; "" is predicted where there is no answer'),
      })
      .option('limit', { type: 'number', requiresArg: true, describe: t('Only the first N questions') })
      .option('out', { type: 'string', requiresArg: true, describe: t('Write the predictions to this file (JSON)') })
      .option('details', {
        type: 'boolean',
        describe: t('In --out: text, start, end, score and null score of the best span'),
      })
      .option('null-odds', {
        type: 'string',
        requiresArg: true,
        describe: t('Write null score - best score to this file'),
      })
      .option('note-loss', {
        type: 'boolean',
        describe: t(
          'With --precision int8 or fp8: answer in fp32, too, and note the loss of F1, and the speed against fp16, beside the ranges',
        ),
      })
      .option('json', { type: 'boolean', describe: t('Print the metrics as JSON') }),
  handler: (argv: ArgumentsCamelCase) => squad(argv as unknown as SquadFlags),
};

async function squad(flags: SquadFlags): Promise<void> {
  const limit = flags.limit === undefined ? Infinity : integer(1, 1e9)(flags.limit, '--limit');
  const set = await readSquadSet(flags.file);
  const answer = (precision = flags.precision): Promise<SquadRun> =>
    withSession({ ...flags, precision }, (session) => answerAll(session, set, limit, flags.version2 === true));
  const { run, loss } = flags.noteLoss ? await measureLoss(flags, answer) : { run: await answer(), loss: undefined };
  if (flags.out) await save(flags.out, flags.details ? run.details : run.predictions);
  if (flags.nullOdds) await save(flags.nullOdds, run.nullOdds);
  const { metrics, seconds, engine } = run;
  if (flags.json) await printJson({ metrics, seconds, engine, ...(loss && { loss }) });
  else await print([report(run), ...(loss ? [describeLoss(loss)] : [])].join('\n'));
}

async function measureLoss(
  flags: SquadFlags,
  answer: (precision: string) => Promise<SquadRun>,
): Promise<{ run: SquadRun; loss: MeasuredLoss }> {
  const settings = sessionSettings(flags);
  const run = async (precision: string) => {
    const set = await answer(precision);
    return { set, f1: set.metrics.f1, questions: set.questions, engine: set.engine };
  };
  const speedOf = (precision: RangedPrecision, ranges: Float32Array) => measureSpeed(settings, precision, ranges);
  const precision = rangedPrecision(settings.precision);
  const { loss, low } = await noteLoss(settings, precision, path.basename(flags.file), { run, speedOf });
  return { run: low.set, loss };
}

const describeLoss = ({ f1, questions, speed, device }: MeasuredLoss): string =>
  t(
    'Noted beside the ranges: a loss of {0} F1 against fp32 ({1} questions), {2} times as fast as fp16 ({3})',
    f1,
    questions,
    speed ?? '?',
    device ?? '?',
  );

async function answerAll(session: Session, set: EvaluationSet, limit: number, version2: boolean): Promise<SquadRun> {
  const scorer = new SquadScorer(version2);
  const predictions: SquadRun['predictions'] = {};
  const details: SquadRun['details'] = {};
  const nullOdds: SquadRun['nullOdds'] = {};
  const ask = (question: EvaluationQuestion, signal: AbortSignal) =>
    askAlone(session, question, { topK: 1, readAs: 'raw' }, signal);
  const run = await askSet(session, set, limit, ask, ({ id, golds }, asked) => {
    const scored = scoredOf({ golds }, asked, version2);
    predictions[id] = scored.prediction;
    details[id] = detailOf(asked);
    nullOdds[id] = scored.nullOdds;
    scorer.add(scored);
  });
  return { ...run, predictions, details, nullOdds, metrics: scorer.metrics() };
}

/** What is scored of an answered question. */
export function scoredOf({ golds }: Pick<EvaluationQuestion, 'golds'>, asked: Asked, version2: boolean): Scored {
  const { text, score, null: nullScore } = detailOf(asked);
  return {
    golds: golds.map((gold) => gold.text),
    prediction: version2 && asked.noAnswer ? '' : text,
    guess: text,
    nullOdds: asked.answers.length > 0 ? nullScore - score : NO_SPAN_ODDS,
  };
}

function detailOf({ answers: [best], decision }: Asked): Detail {
  if (!best) return { text: '', start: -1, end: -1, score: 0, null: decision.score };
  return { text: best.text, start: best.start, end: best.end, score: best.score, null: decision.score };
}

function report(run: SquadRun): string {
  const rows = Object.entries(run.metrics).map(([name, value]) => [
    name,
    name.endsWith('total') ? String(value) : value.toFixed(name.endsWith('thresh') ? 4 : 2),
  ]);
  return `${plainTable(rows)}\n${describeRun(run).join(' · ')}`;
}

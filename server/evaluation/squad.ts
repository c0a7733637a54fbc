/** `ask-bert squad`: answers every question of a SQuAD file and scores the answers. */
import { writeFile } from 'node:fs/promises';
import type { ArgumentsCamelCase, Argv } from 'yargs';
import { integer } from '../checks/check-request.js';
import { print, progressBar, type SessionFlags, withSession, withSessionFlags } from '../cli/common.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { AnsweringEngine, AskResult } from '../protocol.js';
import type { Session } from '../session/session.js';
import { readSquad, type SquadFile } from './squad-file.js';
import { type Metrics, SquadScorer } from './squad-metrics.js';

/** Null odds of a question whose text has no span at all: above every real difference, and a JSON number. */
const NO_SPAN_ODDS = 1e6;

interface SquadFlags extends SessionFlags {
  file: string;
  limit?: unknown;
  version2?: boolean;
  out?: string;
  details?: boolean;
  nullOdds?: string;
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

interface SquadRun {
  predictions: Record<string, string>;
  details: Record<string, Detail>;
  nullOdds: Record<string, number>;
  metrics: Metrics;
  seconds: number;
  engine: AnsweringEngine | undefined;
}

export const squadCommand = {
  command: 'squad <file>',
  describe: t('Answer and score the questions of a SQuAD file (JSON)'),
  builder: (argv: Argv) =>
    withSessionFlags(argv)
      .positional('file', { type: 'string', demandOption: true, describe: t('A SQuAD file, v1.1 or v2.0') })
      .option('version-2', {
        type: 'boolean',
        describe: t('Metrics of v2.0; "" is predicted where there is no answer'),
      })
      .option('limit', { type: 'number', requiresArg: true, describe: t('Only the first so many questions') })
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
      .option('json', { type: 'boolean', describe: t('Print the metrics as JSON') }),
  handler: (argv: ArgumentsCamelCase) => squad(argv as unknown as SquadFlags),
};

async function squad(flags: SquadFlags): Promise<void> {
  const limit = flags.limit === undefined ? Infinity : integer(1, 1e9)(flags.limit, '--limit');
  const file = await readSquad(flags.file);
  const run = await withSession(flags, (session) => answerAll(session, file, limit, flags.version2 === true));
  if (flags.out) await save(flags.out, flags.details ? run.details : run.predictions);
  if (flags.nullOdds) await save(flags.nullOdds, run.nullOdds);
  const { metrics, seconds, engine } = run;
  if (flags.json) await print(JSON.stringify({ metrics, seconds, engine }));
  else await print(report(run));
}

/** Goes through the questions one after the other, so that memory does not grow with the file's windows. */
async function answerAll(session: Session, file: SquadFile, limit: number, version2: boolean): Promise<SquadRun> {
  const scorer = new SquadScorer(version2);
  const run: SquadRun = { predictions: {}, details: {}, nullOdds: {}, metrics: {}, seconds: 0, engine: undefined };
  await session.prepare();
  const bar = progressBar(t('Questions'), Math.min(file.questions, limit));
  const begin = performance.now();
  try {
    for (const { id, question, context, golds } of file.all()) {
      const result = await session.answer({ text: context, question, options: { topK: 1, readAs: 'raw' } });
      const detail = detailOf(result);
      const guess = detail.text;
      const prediction = version2 && result.noAnswer.chosen ? '' : guess;
      run.predictions[id] = prediction;
      run.details[id] = detail;
      run.nullOdds[id] = result.answers.length > 0 ? detail.null - detail.score : NO_SPAN_ODDS;
      run.engine = result.engine;
      scorer.add({ golds, prediction, guess, nullOdds: run.nullOdds[id] });
      bar.update(scorer.total);
      if (scorer.total >= limit) break;
    }
  } finally {
    bar.stop();
  }
  run.seconds = (performance.now() - begin) / 1000;
  run.metrics = scorer.metrics();
  return run;
}

function detailOf({ answers: [best], noAnswer }: AskResult): Detail {
  if (!best) return { text: '', start: -1, end: -1, score: 0, null: noAnswer.score };
  return { text: best.text, start: best.start, end: best.end, score: best.score, null: noAnswer.score };
}

async function save(file: string, value: object): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(value)}\n`);
  } catch (error) {
    throw new AskBertError('InputUnreadable', t('{0} cannot be written: {1}.', file, (error as Error).message));
  }
}

function report({ metrics, seconds, engine }: SquadRun): string {
  const lines = Object.entries(metrics).map(([name, value]) => {
    const shown = name.endsWith('total') ? String(value) : value.toFixed(name.endsWith('thresh') ? 4 : 2);
    return `${name.padEnd(18)} ${shown.padStart(10)}`;
  });
  const speed = metrics.total > 0 ? `, ${t('{0} questions/s', (metrics.total / seconds).toFixed(1))}` : '';
  lines.push(
    `${seconds.toFixed(1)} s${speed}${engine ? ` · ${engine.model}, ${engine.precision}, ${engine.device}` : ''}`,
  );
  return lines.join('\n');
}

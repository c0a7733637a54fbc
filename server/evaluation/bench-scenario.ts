/** `ask-bert bench --scenario`: a set of questions from text to answer, with speed and answers measured in one run. */
import { availableParallelism } from 'node:os';
import { integer } from '../checks/check-request.js';
import { buildBar, progressBar } from '../cli/common.js';
import type { EngineMakers } from '../engine/check/admission.js';
import { AskBertError } from '../errors.js';
import { t } from '../l10n.js';
import type { EngineDetails } from '../protocol.js';
import { inOrder } from '../runs/in-order.js';
import { Session, type SessionSettings } from '../session/session.js';
import { oneLine } from '../text/one-line.js';
import type { Asked } from './among.js';
import { askAlone } from './ask-set.js';
import { benchQuestions, passage } from './bench-text.js';
import { plainTable } from './columns.js';
import { type EvaluationQuestion, readSquadSet } from './labelled-set.js';
import { meteredMakers } from './metered.js';
import { runScenario, type Scenario, type ScenarioFigures, scenarios } from './scenarios.js';
import { scoredOf } from './squad.js';
import { type Metrics, SquadScorer } from './squad-metrics.js';

export interface ScenarioFlags {
  scenario?: unknown;
  data?: unknown;
  rate?: unknown;
  seed?: unknown;
  questions?: unknown;
}

export interface ScenarioOrder {
  scenario: Scenario;
  /** A SQuAD file; undefined: questions about the passage of `bench`. */
  data: string | undefined;
  rate: number;
  seed: number;
  /** Questions at most. */
  limit: number;
}

export interface ScenarioReport extends ScenarioFigures {
  scenario: Scenario;
  data: string | undefined;
  /** Only of "server": questions a second that arrived, and the seed of their times. */
  rate?: number;
  seed?: number;
  engine: EngineDetails;
  /** Why this engine and precision. */
  choice: readonly string[];
  /** Processors of this machine. */
  processors: number;
  /** As `squad` has them; missing: the questions have no answers to compare with. */
  metrics?: Metrics;
}

/** How many questions about the passage of `bench` are asked if there is no file. */
const WITHOUT_DATA = 200;
const USUAL_SEED = 1;
/** Until compilers are done with the code of all threads, but not longer than this. */
const WARM_UPS = 2000;
const WARM_UP_MS = 10_000;

/** @throws AskBertError BadRequest that names the flag */
export function scenarioOrder({ scenario, data, rate, seed, questions }: ScenarioFlags): ScenarioOrder {
  const known = scenarios.find((each) => each === scenario);
  if (!known) {
    const expected = scenarios.join(', ');
    throw new AskBertError('BadRequest', t('--scenario: found {0}, expected one of {1}.', String(scenario), expected));
  }
  if (known === 'server' && rate === undefined) {
    throw new AskBertError('BadRequest', t('--scenario server needs --rate, the questions that arrive in a second.'));
  }
  if (known !== 'server' && (rate !== undefined || seed !== undefined)) {
    throw new AskBertError('BadRequest', t('--rate and --seed are only used with --scenario server.'));
  }
  const perSecond = rate === undefined ? 0 : Number(rate);
  if (rate !== undefined && !(perSecond > 0 && perSecond <= 1e6)) {
    throw new AskBertError('BadRequest', t('--rate: found {0}, expected a number above 0.', String(rate)));
  }
  const most = data === undefined ? WITHOUT_DATA : 1e9;
  return {
    scenario: known,
    data: data === undefined ? undefined : String(data),
    rate: perSecond,
    seed: seed === undefined ? USUAL_SEED : integer(0, 2 ** 32 - 1)(seed, '--seed'),
    limit: questions === undefined ? most : integer(1, 1e9)(questions, '--questions'),
  };
}

/**
 * @param makers create engines that count what they do; only tests replace them
 * @throws AskBertError InputUnreadable, errors of the session, Cancelled
 */
export async function benchScenario(
  order: ScenarioOrder,
  settings: SessionSettings,
  signal: AbortSignal,
  makers: EngineMakers = meteredMakers,
): Promise<ScenarioReport> {
  const { scenario, data, rate, seed } = order;
  const { questions, version2 } = await questionsOf(order);
  const session = new Session(settings, false, makers);
  const loading = buildBar();
  const bar = progressBar(t('Questions'), questions.length);
  try {
    await session.prepare(signal, ({ done, total }) => total > 0 && loading.update('', done / total));
    loading.stop();
    await warmUp(session, signal);
    const answers: { question: EvaluationQuestion; asked: Asked }[] = [];
    const figures = await session.withEngine((engine) =>
      runScenario(
        questions,
        async (question, stop) => {
          const asked = await askAlone(session, question, { topK: 1, readAs: 'raw' }, stop);
          bar.update(answers.push({ question, asked }));
          return asked;
        },
        { scenario, rate, seed, signal, concurrency: () => session.concurrency, work: () => engine.work },
      ),
    );
    return {
      scenario,
      data,
      ...(scenario === 'server' ? { rate, seed } : {}),
      ...figures,
      engine: session.engine!,
      choice: [...session.choice],
      processors: availableParallelism(),
      ...(data === undefined ? {} : { metrics: scored(answers, version2) }),
    };
  } finally {
    bar.stop();
    loading.stop();
    await session.unload();
  }
}

async function questionsOf({ data, limit }: ScenarioOrder) {
  const questions: EvaluationQuestion[] = [];
  if (data === undefined) {
    for (let i = 0; i < limit; i++) questions.push(ofPassage(i));
    return { questions, version2: false };
  }
  const set = await readSquadSet(data);
  for await (const question of set.all()) {
    if (questions.length === limit) break;
    questions.push(question);
  }
  if (questions.length === 0) throw new AskBertError('InputUnreadable', t('{0} has no question.', data));
  return { questions, version2: set.version2 };
}

const ofPassage = (i: number): EvaluationQuestion => ({
  id: String(i),
  question: benchQuestions[i % benchQuestions.length],
  text: passage,
  group: '',
  golds: [],
});

/** Code and every thread, by texts that all differ, but none of the questions that are measured. */
async function warmUp(session: Session, signal: AbortSignal): Promise<void> {
  const { concurrency } = session;
  const count = concurrency > 1 ? WARM_UPS : 5;
  const end = performance.now() + WARM_UP_MS;
  const numbers = function* () {
    for (let i = 0; i < count && performance.now() < end; i++) yield i;
  };
  await inOrder(
    numbers(),
    () => concurrency,
    (i, stop) => askAlone(session, { ...ofPassage(i), text: `${passage} ${i}` }, { topK: 1, readAs: 'raw' }, stop),
    () => {},
    signal,
  );
}

function scored(answers: readonly { question: EvaluationQuestion; asked: Asked }[], version2: boolean): Metrics {
  const scorer = new SquadScorer(version2);
  for (const { question, asked } of answers) scorer.add(scoredOf(question, asked, version2));
  return scorer.metrics();
}

export function describeScenario(report: ScenarioReport): string {
  const { engine, latencyMs, metrics = {} } = report;
  const { name, library, libraryVersion, device } = engine;
  const on = t('{0} on {1}', `${name} (${library} ${libraryVersion})`, device);
  const arrival = report.rate === undefined ? [] : [t('{0} questions/s arrive (seed {1})', report.rate, report.seed!)];
  const head = [oneLine(`${engine.model}, ${engine.precision}, ${on}`), [report.scenario, ...arrival].join(', ')];
  const whole = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(value < 10 ? 2 : 0));
  const ms = (value: number): string => value.toFixed(value < 10 ? 3 : 1);
  const rows = [
    [t('seconds'), report.seconds.toFixed(2)],
    [t('questions'), String(report.questions)],
    [t('windows'), String(report.windows)],
    [t('questions/s'), whole(report.questionsPerSecond)],
    [t('windows/s'), whole(report.windowsPerSecond)],
    [t('tokens/s'), whole(report.tokensPerSecond)],
    [t('windows of a launch'), report.windowsPerLaunch?.toFixed(1) ?? '-'],
    [t('device busy, %'), report.busyShare === undefined ? '-' : (100 * report.busyShare).toFixed(1)],
    ...(['mean', 'p50', 'p90', 'p99'] as const).map((key) => [t('latency, {0}, ms', key), ms(latencyMs[key])]),
    ...['exact_match', 'exact', 'f1'].flatMap((key) => (key in metrics ? [[key, metrics[key].toFixed(2)]] : [])),
  ];
  return [...head, '', plainTable(rows)].join('\n');
}

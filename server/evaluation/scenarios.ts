/**
 * The scenarios of `ask-bert bench --scenario`, as MLPerf's load generator has them: all questions at once, one after
 * the other, or as they arrive at a service. From the text to the answer, host to host.
 */
import type { EngineWork } from '../engine/engine.js';
import { throwIfAborted } from '../errors.js';
import { inOrder } from '../runs/in-order.js';

export const scenarios = ['offline', 'single-stream', 'server'] as const;
export type Scenario = (typeof scenarios)[number];

export interface ScenarioOptions {
  scenario: Scenario;
  /** Questions a second, for "server". */
  rate: number;
  /** Of the arrivals of "server". */
  seed: number;
  /** Questions at once; asked again for each. */
  concurrency: () => number;
  /** What the engine has done; undefined: it does not count. */
  work: () => EngineWork | undefined;
  signal?: AbortSignal | undefined;
}

/** Milliseconds. */
export interface Latency {
  mean: number;
  min: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

export interface ScenarioFigures {
  seconds: number;
  questions: number;
  questionsPerSecond: number;
  /** Windows that the questions were read in. */
  windows: number;
  windowsPerSecond: number;
  /** From when a question was asked, in "server" from when it arrived, to its answer. */
  latencyMs: Latency;
  /** What follows is missing if the engine does not count. Pieces of the windows, without padding. */
  tokens?: number;
  tokensPerSecond?: number;
  launches?: number;
  windowsPerLaunch?: number;
  /** Share of the time in which at least one launch was under way, 0..1. */
  busyShare?: number;
}

/**
 * Asks all questions and measures.
 * @param ask answers a question, and says how many windows it read
 * @throws AskBertError of `ask`, Cancelled
 */
export async function runScenario<Q extends { text: string; question: string }>(
  questions: readonly Q[],
  ask: (question: Q, signal: AbortSignal) => Promise<{ windows: number }>,
  { scenario, rate, seed, concurrency, work, signal }: ScenarioOptions,
): Promise<ScenarioFigures> {
  const before = work();
  const began = performance.now();
  const now = () => performance.now() - began;
  // Sorting is part of the time.
  const inTurn = scenario === 'offline' ? longestFirst(questions) : questions;
  const arrivals = scenario === 'server' ? arrivalsOf(questions.length, rate, seed) : undefined;
  const times: number[] = [];
  let windows = 0;
  await inOrder(
    arrivals ? arriving(inTurn, arrivals, now, signal) : inTurn,
    () => (scenario === 'single-stream' ? 1 : concurrency()),
    async (question, stop) => {
      const since = arrivals ? arrivals[times.length] : now();
      const at = times.push(0) - 1;
      const answered = await ask(question, stop);
      times[at] = now() - since;
      windows += answered.windows;
    },
    () => {},
    signal,
  );
  const ms = now();
  return figuresOf(ms, times, windows, before, work());
}

function figuresOf(
  ms: number,
  times: readonly number[],
  windows: number,
  before: EngineWork | undefined,
  after: EngineWork | undefined,
): ScenarioFigures {
  const seconds = ms / 1000;
  const figures: ScenarioFigures = {
    seconds,
    questions: times.length,
    questionsPerSecond: times.length / seconds,
    windows,
    windowsPerSecond: windows / seconds,
    latencyMs: latencyOf(times),
  };
  if (!before || !after) return figures;
  const tokens = after.pieces - before.pieces;
  const launches = after.launches - before.launches;
  return {
    ...figures,
    tokens,
    tokensPerSecond: tokens / seconds,
    launches,
    windowsPerLaunch: launches > 0 ? (after.windows - before.windows) / launches : 0,
    busyShare: (after.busyMs - before.busyMs) / ms,
  };
}

/** @param times milliseconds, in any order, at least one */
export function latencyOf(times: readonly number[]): Latency {
  const sorted = Float64Array.from(times).sort();
  // The smallest time that this share of all does not exceed.
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  const mean = sorted.reduce((sum, each) => sum + each, 0) / sorted.length;
  return { mean, min: sorted[0], p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

/** Launches then hold windows of similar length; questions about one text stay together, so that it is read once. */
export function longestFirst<Q extends { text: string; question: string }>(questions: readonly Q[]): Q[] {
  const places = new Map<string, number>();
  for (const { text } of questions) if (!places.has(text)) places.set(text, places.size);
  return [...questions].sort(
    (a, b) =>
      b.text.length - a.text.length ||
      places.get(a.text)! - places.get(b.text)! ||
      b.question.length - a.question.length,
  );
}

/** Arrivals of a Poisson process: milliseconds from the start, ascending; the same for the same seed. */
export function arrivalsOf(count: number, rate: number, seed: number): Float64Array {
  const arrivals = new Float64Array(count);
  let state = seed >>> 0;
  let at = 0;
  for (let i = 0; i < count; i++) {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const uniform = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    at += (-Math.log(1 - uniform) * 1000) / rate;
    arrivals[i] = at;
  }
  return arrivals;
}

/** Below this many milliseconds timers are too coarse. */
const TIMER_MS = 2;

/** The items, each at its time, or as soon after it as they are taken. */
async function* arriving<Q>(
  items: readonly Q[],
  arrivals: Float64Array,
  now: () => number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Q> {
  for (const [i, item] of items.entries()) {
    for (let left = arrivals[i] - now(); left > 0; left = arrivals[i] - now()) {
      throwIfAborted(signal);
      await new Promise<void>((resolve) => {
        if (left > TIMER_MS) setTimeout(resolve, Math.min(left - TIMER_MS, 1000));
        else setImmediate(resolve);
      });
    }
    yield item;
  }
}

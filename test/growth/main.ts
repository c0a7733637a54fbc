/**
 * `npm run test:growth`: how processor time grows with the input, from 100 to 800 kB, for every view and step.
 * Each is measured in a process of its own, which gives its memory and can be ended. See scripts/test-growth.mjs.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { fragmentsOf, type Input, normalInput, randomInput, randomOf, runsOf } from './inputs.js';
import { growthOf, processorMs } from './measure.js';
import { remove, type Subject, steps, trees, views, walk } from './subjects.js';

/** Above it a measurement is repeated, and then it is a failure. */
const MOST = 1.1;
/** Repetitions: another process empties the caches, or the collector of garbage runs now rather than then. */
const ATTEMPTS = 5;
/** Units of the two sizes at which every input is tried, and how many times the first the second may take. */
const TRIED = [25_000, 200_000] as const;
const SUSPECT = 11;
/** Milliseconds: less says nothing about growth; more at the smaller size is suspect alone. */
const NOTHING_MS = 15;
const SLOW_MS = 200;
/** Milliseconds at the largest size below which an exponent is noise of a few collections of garbage. */
const LEAST_MS = 100;
/** Suspects of one subject that are measured, those with the largest factors. */
const MEASURED = 2;
/** A subject that takes longer hangs. */
const LIMIT_MS = 20 * 60_000;

interface Row {
  kind: 'normal' | 'slowest' | 'suspect';
  input: string;
  exponent: number;
  /** Milliseconds at the largest size. */
  ms: number;
}
interface Result {
  rows: Row[];
  tried: number;
  megabytes: number;
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '60' },
    /** Fragments of each subject that are repeated, the most typical ones. */
    fragments: { type: 'string', default: '1000' },
    only: { type: 'string', default: '' },
    subject: { type: 'string' },
  },
});
const seed = Number(values.seed);
const runs = Number(values.runs);

const walks: Subject[] = Object.entries(trees).map(([name, make]) => ({
  name: `walk, ${name}`,
  alphabet: '',
  sizes: [30_000, 60_000, 120_000, 240_000],
  work: (root) => walk(root),
  make,
}));
const subjects = [...views, ...steps, ...walks];

async function measure(subject: Subject): Promise<Result> {
  const rows: Row[] = [];
  const row = async (kind: Row['kind'], input: Input): Promise<void> => {
    const { exponent, times } = await growthOf(subject.work, input, subject.sizes, MOST, ATTEMPTS);
    rows.push({ kind, input: input.name, exponent, ms: times.at(-1)![1] });
  };
  const memory = (): number => process.resourceUsage().maxRSS / 1024;
  if (subject.make) {
    const made: string[] = [];
    const make = (size: number): string => {
      made.push(subject.make!(size));
      return made.at(-1)!;
    };
    await row('normal', { name: subject.name, make });
    for (const root of made) remove(root);
    return { rows, tried: 1, megabytes: memory() };
  }
  const random = randomOf(seed);
  const fragments = fragmentsOf(subject.alphabet);
  const normal = normalInput(seed, fragments);
  const inputs = [
    ...fragments.slice(0, Number(values.fragments)).flatMap(runsOf),
    ...Array.from({ length: runs }, () => randomInput(random, fragments)),
  ];
  const suspects: [factor: number, input: Input][] = [];
  let slowest: [ms: number, input: Input] = [0, normal];
  for (const input of inputs) {
    const small = await processorMs(() => subject.work(input.make(TRIED[0])));
    const large = small > SLOW_MS ? small * 100 : await processorMs(() => subject.work(input.make(TRIED[1])));
    if (small <= SLOW_MS && large > slowest[0]) slowest = [large, input];
    if (large > NOTHING_MS && large / small > SUSPECT) suspects.push([large / small, input]);
  }
  suspects.sort(([a], [b]) => b - a);
  await row('normal', normal);
  await row('slowest', slowest[1]);
  for (const [, input] of suspects.slice(0, MEASURED)) await row('suspect', input);
  return { rows, tried: inputs.length + 1, megabytes: memory() };
}

function inChild(name: string): Result | string {
  const args = [
    '--single-threaded-gc',
    __filename,
    '--subject',
    name,
    '--seed',
    String(seed),
    '--runs',
    String(runs),
    '--fragments',
    values.fragments,
  ];
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: LIMIT_MS });
  if (signal) return `ended after ${LIMIT_MS / 60_000} minutes`;
  if (status !== 0) return stderr.trim().split('\n').slice(-6).join(' | ');
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n{') + 1)) as Result;
}

function all(): void {
  console.log(
    `seed ${seed}, ${runs} random inputs for each; exponents of processor time, best of ${ATTEMPTS} attempts\n`,
  );
  console.log('subject                  normal  slowest  worst       ms    MB  input of the worst');
  const failures: string[] = [];
  let tried = 0;
  let most = 0;
  for (const { name } of subjects.filter((each) => new RegExp(values.only).test(each.name))) {
    const result = inChild(name);
    if (typeof result === 'string') {
      failures.push(`${name}: ${result}`);
      console.log(`${name.padEnd(24)} FAILED: ${result}`);
      continue;
    }
    const { rows, megabytes } = result;
    tried += result.tried;
    most = Math.max(most, megabytes);
    const worst = rows.reduce((a, b) => (b.exponent > a.exponent ? b : a));
    const of = (kind: Row['kind']) => rows.find((each) => each.kind === kind)?.exponent.toFixed(2) ?? '-';
    console.log(
      `${name.padEnd(24)} ${of('normal').padStart(6)} ${of('slowest').padStart(8)} ${worst.exponent.toFixed(2).padStart(6)} ${worst.ms.toFixed(0).padStart(8)} ${megabytes.toFixed(0).padStart(5)}  ${worst.input.slice(0, 60)}`,
    );
    for (const each of rows) {
      if (each.exponent > MOST && each.ms > LEAST_MS)
        failures.push(`${name}: ${each.exponent.toFixed(2)} for ${each.input}, ${each.ms.toFixed(0)} ms`);
    }
  }
  console.log(`\n${tried} inputs tried, at most ${most.toFixed(0)} MB`);
  for (const failure of failures) console.log(`FAIL ${failure}`);
  console.log(`${failures.length} above ${MOST}`);
  // The test runner of the helpers would add its own lines.
  process.exit(failures.length > 0 ? 1 : 0);
}

async function one(name: string): Promise<void> {
  const subject = subjects.find((each) => each.name === name);
  if (!subject) throw new Error(`There is no subject ${name}.`);
  const result = await measure(subject);
  process.stdout.write(`\n${JSON.stringify(result)}`);
  process.exit();
}

if (values.subject === undefined) all();
else void one(values.subject);

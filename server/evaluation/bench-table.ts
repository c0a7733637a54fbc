/** Figures of `ask-bert bench`, and the table that shows them. */
import { t } from '../l10n.js';
import { plainTable } from './columns.js';

/** One line of the table. Milliseconds; figures are missing if nothing could be run. */
export interface BenchRow {
  /** A question from text to answer, kernels between CUDA events, or an engine's whole batch. */
  what: 'question' | 'gpu' | 'engine';
  batch?: number;
  length?: number;
  /** Length of the text in words. */
  words?: number;
  runs: number;
  average?: number;
  p50?: number;
  p95?: number;
  p99?: number;
}

/** @param times milliseconds of each run; in any order, may be empty */
export function rowOf(
  what: BenchRow['what'],
  times: ArrayLike<number>,
  shape: Pick<BenchRow, 'batch' | 'length' | 'words'>,
): BenchRow {
  const row: BenchRow = { what, ...shape, runs: times.length };
  if (times.length === 0) return row;
  const sorted = Float64Array.from(times).sort();
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
  const average = sorted.reduce((sum, each) => sum + each, 0) / sorted.length;
  return { ...row, average, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

export function table(rows: readonly BenchRow[]): string {
  const names = { question: t('question to answer'), gpu: t('GPU, graph'), engine: t('engine, batch') };
  const head = ['', t('length'), t('batch'), t('runs'), t('average ms'), 'p50', 'p95', 'p99', t('windows/s')];
  const ms = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(value < 10 ? 3 : 1));
  const body = rows.map((row) => {
    const rate = row.batch && row.average ? ((1000 * row.batch) / row.average).toFixed(row.average < 100 ? 0 : 1) : '-';
    const length = row.words === undefined ? String(row.length ?? '-') : t('{0} words', row.words);
    const figures = [row.average, row.p50, row.p95, row.p99].map(ms);
    return [names[row.what], length, String(row.batch ?? '-'), String(row.runs), ...figures, rate];
  });
  return plainTable([head, ...body]);
}

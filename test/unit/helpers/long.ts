/**
 * Tests that try many things at random, or very large ones, do more of it in `npm run test:long`, and most in `npm run
 * test:fuzz`. A file that imports this one is run there as well as in `npm test`.
 */

/** This is `npm run test:long` or `npm run test:fuzz`. */
export const isLong = process.env.ASKBERT_LONG === '1';
const isFuzz = isLong && process.env.ASKBERT_SEED !== undefined;

/** A fifth: the inputs of `test:long` are the same every time, so that more of them find little more. */
const LONG_SHARE = 0.2;

/**
 * How many rounds, inputs or damaged files: `some` in `npm test`, all of them in `npm run test:fuzz`, where they differ
 * each time, and a part of them in `npm run test:long`.
 */
export function rounds(some: number, all: number): number {
  if (!isLong) return some;
  return isFuzz ? all : Math.max(some, Math.round(LONG_SHARE * all));
}

/** How many generated inputs of each kind; `ASKBERT_FUZZ` can ask for another number. */
export const fuzzRuns = Number(process.env.ASKBERT_FUZZ ?? rounds(60, 1000));

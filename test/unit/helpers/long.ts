/**
 * Tests that try many things at random, or very large ones, do more of it in `npm run test:long`. A file that imports
 * this one is run there as well as in `npm test`.
 */

/** This is `npm run test:long`. */
export const isLong = process.env.ASKBERT_LONG === '1';

/** How many rounds, inputs or damaged files: some in `npm test`, all of them in `npm run test:long`. */
export const rounds = (some: number, all: number): number => (isLong ? all : some);

/** How many generated inputs of each kind; `ASKBERT_FUZZ` can ask for another number. */
export const fuzzRuns = Number(process.env.ASKBERT_FUZZ ?? rounds(100, 1000));

/**
 * fast-check as every test uses it: a property that fails ends at once, with its seed and path. The search for the
 * smallest counterexample takes up to an hour in a long text; to have it, give the property that seed, that path and
 * `endOnFailure: false`. Every run tries the same inputs; ASKBERT_SEED, as `npm run test:fuzz` sets it, gives others.
 */
import * as fc from 'fast-check';

fc.configureGlobal({ endOnFailure: true, seed: Number(process.env.ASKBERT_SEED ?? 1) });

export default fc;

// Loaded before the test files: a property that fails ends at once, with seed and path. Looking for the smallest
// counterexample takes up to an hour in a long text; to have it, run the file alone (`node --test FILE`) with that seed.
const fc = require('fast-check');

fc.configureGlobal({ endOnFailure: true });

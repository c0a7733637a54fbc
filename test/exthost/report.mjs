/** Prints mocha's results, a line for each test and one for all. @returns true when all passed and there were some */
export function report(name, { tests, stats }) {
  for (const { fullTitle, duration, err } of tests) {
    const failed = Object.keys(err).length > 0;
    console.log(`  ${failed ? 'FAIL' : 'ok  '} ${fullTitle} (${duration ?? 0} ms)`);
    if (failed) console.log(`       ${(err.stack ?? err.message).split('\n').slice(0, 8).join('\n       ')}`);
  }
  const skipped = stats.pending > 0 ? `, ${stats.pending} skipped` : '';
  console.log(`${name}: ${stats.passes} passed, ${stats.failures} failed${skipped}`);
  return stats.passes > 0 && stats.failures === 0 && stats.pending === 0;
}

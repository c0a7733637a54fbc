/**
 * A question about a folder: time to the first answer and to the last, fraction read, memory, and a second question.
 *   node out-bench/many.js FOLDER [BUDGET [QUESTION...]]
 */
import { pathToFileURL } from 'node:url';
import { walkFolder } from '../server/documents/find-files.js';
import { IndexCache } from '../server/ranking/index-cache.js';
import { askMany } from '../server/runs/ask-many.js';
import { Session } from '../server/session/session.js';

const QUESTIONS = ['Which licence does the project use?', 'How many threads does the pool start by default?'];

async function main([folder, budget, ...questions]: string[]): Promise<void> {
  const began = performance.now();
  const { files, skipped } = await walkFolder(folder);
  const walkMs = performance.now() - began;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  console.log(
    JSON.stringify({
      files: files.length,
      megabytes: bytes / 1e6,
      skipped: skipped.length,
      walkMs: Math.round(walkMs),
    }),
  );
  // The embedded model is next to the folder of this bundle.
  const session = new Session({ engine: 'cpu' });
  await session.prepare();
  const cache = new IndexCache();
  const documents = files.map(({ path }) => ({ uri: pathToFileURL(path).href }));
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  const budgetSeconds = budget === undefined ? undefined : Number(budget);
  for (const question of questions.length > 0 ? questions : QUESTIONS) {
    const start = performance.now();
    let firstMs: number | undefined;
    let bestMs = 0;
    let best = '';
    const result = await askMany(
      session,
      { question, documents, budgetSeconds },
      undefined,
      ({ answers: [answer] }) => {
        peak = Math.max(peak, process.memoryUsage.rss());
        if (!answer) return;
        firstMs ??= performance.now() - start;
        const words = `${answer.text} ${answer.uri}`;
        if (words !== best) bestMs = performance.now() - start;
        best = words;
      },
      cache,
    );
    const { read, timing, noAnswer, answers } = result;
    const figures = {
      question,
      seconds: (performance.now() - start) / 1000,
      firstSeconds: (firstMs ?? Number.NaN) / 1000,
      bestSeconds: bestMs / 1000,
      read,
      share: read.characters / read.ofCharacters,
      windows: timing.windows,
      engineSeconds: timing.engineMs / 1000,
      indexMegabytes: cache.bytes / 1e6,
      peakRssMegabytes: peak / 1e6,
      noAnswer: noAnswer.chosen,
      warnings: result.warnings,
    };
    console.log(JSON.stringify(figures, null, 1));
    for (const { text, uri, line, probability, margin, also } of answers) {
      console.log(
        `  ${probability.toFixed(2)} ${margin.toFixed(1)} ${text.slice(0, 80)} ${uri.slice(-60)}:${line + 1} +${also.length}`,
      );
    }
  }
  clearInterval(watch);
  await session.unload();
}

void main(process.argv.slice(2));

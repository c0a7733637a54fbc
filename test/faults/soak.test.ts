/** Ten thousand questions: memory does not grow. ASKBERT_SOAK=embedded: with the embedded model (run.mjs --soak embedded). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SidecarProcess, tinyModel } from '../server/sidecar-process.js';

const QUESTIONS = 10_000;
const POINTS = 10;
/** After the heap has found its size: what garbage and allocators leave lying. Less than 4 KB for each question. */
const GROWTH_BYTES = 24 * 2 ** 20;

const embedded = process.env.ASKBERT_SOAK === 'embedded';

test(`${QUESTIONS} questions with flat memory`, embedded ? { timeout: 3 * 3_600_000 } : {}, async () => {
  const sidecar = await SidecarProcess.start(embedded ? { modelPath: '', threads: 0 } : { modelPath: tinyModel });
  try {
    const resident = () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${sidecar.child.pid}/status`, 'utf8'))![1]) * 1024;
    const texts = ['The king built a city near the old river.', 'The queen read books in the city. '.repeat(4)];
    const grown = async (): Promise<{ bytes: number; shown: string }> => {
      const curve: number[] = [];
      const began = Date.now();
      for (let i = 0; i < QUESTIONS; i++) {
        // Texts come again now and then, as the cache of documents expects, and new ones push them out.
        const text = `${texts[i % 2]} Year ${i % 50}.`;
        const result = await sidecar.ask({
          text,
          question: `who built a city ${i % 7}`,
          source: `file:///${i % 20}.txt`,
        });
        const best = result.answers[0];
        if (best) assert.equal(text.slice(best.start, best.end), best.text);
        if ((i + 1) % (QUESTIONS / POINTS) === 0) curve.push(resident());
      }
      const shown = curve.map((bytes) => Math.round(bytes / 2 ** 20)).join(' ');
      console.log(
        `# soak: ${QUESTIONS} questions (${embedded ? 'embedded' : 'tiny'} model) in ${((Date.now() - began) / 1000).toFixed(0)} s; resident MiB after each tenth: ${shown}`,
      );
      // The smallest of the last third: one collection that is late does not count, a leak does.
      const begin = Math.min(...curve.slice(2, 4));
      const end = Math.min(...curve.slice(-3));
      return { bytes: end - begin, shown };
    };
    const first = await grown();
    if (first.bytes < GROWTH_BYTES) return;
    // On a busy machine the heap finds its size later. What leaks grows again.
    const second = await grown();
    assert.ok(second.bytes < GROWTH_BYTES, `${first.shown}, ${second.shown}`);
  } finally {
    await sidecar.kill();
  }
});

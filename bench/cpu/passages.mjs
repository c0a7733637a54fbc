// The rows of `npm run bench:cpu`: whole questions about parts of the sample documents, and the network alone.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const QUESTION = 'How much is the monthly fee?';
const ANSWER = 'EUR 4,850';
const DOCUMENT = 'service-agreement.md';

/**
 * @param samples folder of the sample documents
 * @returns what to ask (`question`, `text`, `answer` and its `start` in UTF-16 units) or to compute (`count` windows of
 *   `length` pieces), each with a `name` and its `share` of the calls of a round
 */
export function rowsOf(samples) {
  const read = (file) => readFileSync(path.join(samples, file), 'utf8').split(/\s+/).filter(Boolean);
  const document = read(DOCUMENT);
  const others = readdirSync(samples)
    .filter((file) => file !== DOCUMENT)
    .sort()
    .flatMap(read);
  const first = ANSWER.split(' ')[0];
  const at = document.findIndex((word, i) => word === first && document[i - 1] === 'is');
  const question = (count) => {
    // The answer is in the second half; missing text is taken from the other documents.
    const before = Math.min(Math.floor(count * 0.6), at);
    const own = document.slice(at - before, Math.min(document.length, at - before + count));
    const missing = count - own.length;
    const filler = Array.from({ length: missing }, (_, i) => others[i % others.length]);
    const lead = Math.floor(missing / 2);
    const text = [...filler.slice(0, lead), ...own, ...filler.slice(lead)].join(' ');
    const start = text.indexOf(ANSWER);
    const name = `${count.toLocaleString('en')} words`;
    return { name, question: QUESTION, text, answer: ANSWER, start, share: count > 1000 ? 0 : 1 };
  };
  const network = (count, length) => ({
    name: `${count} ${count > 1 ? 'windows' : 'window'} of ${length}`,
    count,
    length,
    share: count > 1 ? 0 : 1,
  });
  return [...[50, 198, 400, 2000].map(question), network(1, 128), network(1, 384), network(8, 384)];
}

/** The outcome for the answer, in words. */
export function verdict({ answer, start }, found) {
  if (!found) return 'none';
  const words = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
  if (words(found.text) !== words(answer)) return `wrong: "${found.text}"`;
  const place = found.start === undefined ? 'no place' : found.start === start ? 'its place' : 'another place';
  return `${found.text === answer ? 'exact words' : `other characters: "${found.text}"`}, ${place}`;
}

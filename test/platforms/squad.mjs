// Twenty questions in the format of SQuAD, out of test/documents: a passage of plain text around each answer.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/ensure.mjs';

const documents = path.join(root, 'test', 'documents');
const FILES = /^(apache-2\.0|mpl-2\.0|xz-file-format|email-architecture|libjpeg-usage|git-2)/;
const QUESTIONS = 20;
/** Characters of the passage on each side of the answer, before it is cut at ends of lines. */
const AROUND = 220;

export function squad() {
  const questions = JSON.parse(readFileSync(path.join(documents, 'questions.json'), 'utf8')).filter(
    ({ file, answers }) => FILES.test(file) && answers.length > 0 && !answers[0].prose,
  );
  // Spread over the files, always the same ones.
  const step = questions.length / QUESTIONS;
  if (step < 1) throw new Error(`questions.json has ${questions.length} questions for this, expected ${QUESTIONS}.`);
  const paragraphs = Array.from({ length: QUESTIONS }, (_, i) => {
    const { id, file, question, answers } = questions[Math.floor(i * step)];
    const text = readFileSync(path.join(documents, file), 'utf8');
    const { start, text: answer } = answers[0];
    const from = text.indexOf('\n', Math.max(0, start - AROUND)) + 1;
    const to = text.lastIndexOf('\n', start + answer.length + AROUND);
    const first = from > start ? 0 : from;
    const last = to < start + answer.length ? text.length : to;
    const context = text.slice(first, last);
    const inside = answers.filter((each) => each.start >= first && each.start + each.text.length <= last);
    const places = inside.map((each) => ({ text: each.text, answer_start: each.start - first }));
    return { context, qas: [{ id, question, answers: places }] };
  });
  return { version: 'platforms', data: [{ title: 'test/documents', paragraphs }] };
}

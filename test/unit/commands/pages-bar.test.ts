/** What a terminal shows while the pages of a long PDF are read, and that Ctrl-C ends it. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { it } from 'node:test';
import { cancellable } from '../../../server/cli/common.js';
import { follow, readDocument } from '../../../server/cli/read-document.js';
import type { Extracted } from '../../../server/formats/extracted.js';
import type { AskResult } from '../../../server/protocol.js';
import type { AskRequest } from '../../../server/reader/request.js';
import { FEWEST_PAGES } from '../../../server/runs/first-look.js';
import type { Session } from '../../../server/session/session.js';

const PAGES = 10 * FEWEST_PAGES;
const part: Extracted = { text: 'The rent is 700 euros.', blocks: [], places: [], notes: [] };
const result = {
  answers: [{ text: '700 euros', start: 12, end: 21, grade: 'sure' }],
  noAnswer: { chosen: false },
} as unknown as AskResult;

function following() {
  const shown: string[] = [];
  const asked: AskRequest[] = [];
  const session: Pick<Session, 'model' | 'answer'> = {
    model: {} as Session['model'],
    answer: async (request) => {
      asked.push(request);
      return result;
    },
  };
  const barOf = (label: string, total: number) => {
    shown.push(`${label} of ${total}`);
    return {
      update: (done: number, note = '') => shown.push(`${done} ${note}`.trim()),
      stop: () => shown.push('stopped'),
    };
  };
  const question = { question: 'What is the rent?', options: { topK: 3 } };
  return { shown, asked, waiting: follow(session, question, 'lease.pdf', barOf) };
}

it('pages on a bar, and the first answer beside it, from a part of the text', async () => {
  const { shown, asked, waiting } = following();
  waiting.onPages(0, 0);
  waiting.onPages(FEWEST_PAGES, PAGES);
  assert.ok(waiting.parts.wanted(FEWEST_PAGES, PAGES));
  waiting.parts.take(part);
  waiting.onPages(FEWEST_PAGES + 2, PAGES);
  await waiting.parts.settled();
  waiting.stop();
  assert.deepEqual(shown, [
    `Pages of ${PAGES}`,
    String(FEWEST_PAGES),
    String(FEWEST_PAGES + 2),
    `${FEWEST_PAGES + 2} best so far: 700 euros`,
    'stopped',
  ]);
  const [{ text, question, options, glance }] = asked;
  assert.deepEqual([text, question, options], [part.text, 'What is the rent?', { topK: 3 }]);
  assert.ok(glance, 'it takes little time from the pages');
});

it('a short one has no bar', () => {
  const { shown, waiting } = following();
  waiting.onPages(1, FEWEST_PAGES - 1);
  waiting.stop();
  assert.deepEqual(shown, []);
});

it('Ctrl-C ends the reading in order, also of a pipe that says nothing', async (t) => {
  const { stdin } = process;
  t.after(() => Object.defineProperty(process, 'stdin', { value: stdin, configurable: true }));
  Object.defineProperty(process, 'stdin', { value: new PassThrough(), configurable: true });
  const before = process.listenerCount('SIGINT');
  const reading = cancellable((signal) => readDocument('-', { signal }));
  process.emit('SIGINT');
  await assert.rejects(reading, { code: 'Cancelled', message: 'The question was cancelled.' });
  assert.equal(process.listenerCount('SIGINT'), before);
});

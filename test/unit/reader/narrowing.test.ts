/** What of a span answers, where it repeats the question. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { narrowed } from '../../../server/reader/narrowing.js';
import { stemsOfQuestion } from '../../../server/text/stems.js';
import { assertGrowsInProportion } from '../helpers/growth.js';

describe('a span that repeats the question', () => {
  for (const [question, text, right] of [
    ['Who is the keeper of the castle?', "Bran's pride; its keeper is Torunn Berg", 'Torunn Berg'],
    ['Who is the owner of the mill?', 'the old mill, and its owners are the Bergs', 'the Bergs'],
    // Another word than the one asked for, or none before it.
    ['Who built the castle?', "Bran's pride; its keeper is Torunn Berg", "Bran's pride; its keeper is Torunn Berg"],
    ['Who is the keeper?', 'its keeper is Torunn Berg', 'its keeper is Torunn Berg'],
    ['What is the new timeout?', 'set_timeout(p, 45)', '45'],
    ['What is the default host name?', 'server.setHostName("db.local")', 'db.local'],
    ['What is the retry count?', 'with_retry_count(3);', '3'],
    ['What is the default level?', '"-6" (the best compression)', '-6'],
    ['Which levels are there?', '"-6" and "-9" (the best)', '"-6" and "-9" (the best)'],
    ['Which port did it use?', '32484 ssh2', '32484'],
    ['Which client did it use?', '32484 ssh2', '32484 ssh2'],
    ['What is the bug number?', 'https://bugs.example.org/show_bug.cgi?id=1060', '1060'],
    ['What is the number of the issue?', 'https://example.org/mill/issues/812', '812'],
    ['Where is the bug?', 'https://example.org/mill/issues/812', 'https://example.org/mill/issues/812'],
    // Two values, other words, another call.
    ['What is the new timeout?', 'set_timeout(30, 45)', 'set_timeout(30, 45)'],
    ['What is the new timeout?', 'set_retries(p, 3)', 'set_retries(p, 3)'],
    ['What is the new timeout?', 'wait_timeout(p, 45)', 'wait_timeout(p, 45)'],
    ['What is the new timeout?', 'set_timeout(p)', 'set_timeout(p)'],
    [
      'How wide shall the lane for play be?',
      'The width of the lane for play, from wall to wall, shall be 14 feet.',
      '14 feet',
    ],
    ['What does the rent of the flat cost?', 'The rent of this flat is at most $1,200', 'at most $1,200'],
    // It is about something else; there is another number; the amount is asked about.
    ['How old is the mill?', 'The lane for play shall be 14 feet', 'The lane for play shall be 14 feet'],
    [
      'How wide is the lane for play?',
      'The 2 lanes for play are 14 feet wide',
      'The 2 lanes for play are 14 feet wide',
    ],
    [
      'What part of the lane is 14 feet?',
      'The first part of the lane is 14 feet',
      'The first part of the lane is 14 feet',
    ],
  ] as const) {
    it(`${question} ${text}`, () => {
      const { start, end } = narrowed(text, stemsOfQuestion(question));
      assert.equal(text.slice(start, end), right);
    });
  }

  it('takes time in proportion', () => {
    const stems = stemsOfQuestion('What is the timeout?');
    for (const part of ['; its a ', 'set_', 'set_timeout(', '"1 ', ' is ', 'the timeout is 1 '])
      assertGrowsInProportion(part, 300_000, (size) => {
        const text = part.repeat(Math.ceil(280 / part.length)).slice(0, 290);
        for (let i = 0; i < size / 300; i++) narrowed(text, stems);
      });
  });
});

/** A view that takes too long is ended, and the text is read as it is. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tookTooLong, viewOf } from '../../../server/views/choose-view.js';
import type { EditorLanguages } from '../../../server/views/code/editor-languages.js';
import { TimeLimit, within } from '../../../server/views/time-limit.js';
import { engineOf, favouring, readerWith } from '../helpers/fake-engine.js';

/** Milliseconds; what is ended by them would never end. */
const LIMIT = 50;
/** What no limit of a test reaches. */
const AMPLE = 3_600_000;

const endless = {
  syntaxOf() {
    for (;;);
  },
} as unknown as EditorLanguages;
const broken = {
  syntaxOf() {
    throw new RangeError('a bug');
  },
} as unknown as EditorLanguages;

const kind = { languageId: 'unheard-of' };
const text = `${'the river was long. '.repeat(2000)}the king built it.`;

describe('a limit of time', () => {
  it('gives the result of the work, and its own error', () => {
    assert.equal(
      within(AMPLE, () => 7),
      7,
    );
    assert.equal(
      within(AMPLE, () => within(AMPLE, () => 8)),
      8,
    );
    assert.throws(() => within(AMPLE, () => JSON.parse('{')), SyntaxError);
    assert.throws(
      () =>
        within(AMPLE, () => {
          throw undefined;
        }),
      (error) => error === undefined,
    );
  });

  it('ends a loop and a regular expression', () => {
    const never: (() => void)[] = [
      () => {
        for (;;);
      },
      () => /^(?:a+)+$/.test(`${'a'.repeat(100)}b`),
    ];
    for (const work of never) assert.throws(() => within(LIMIT, work), TimeLimit);
  });

  it('of a view: the text is read as it is; an error of a view is told as before', () => {
    const view = viewOf(text, kind, endless, undefined, LIMIT);
    assert.equal(view.text, text);
    assert.equal(tookTooLong(view), true);
    assert.equal(tookTooLong(viewOf(text, kind)), false);
    assert.throws(() => viewOf(text, kind, broken), /a bug/);
    const told: unknown[] = [];
    assert.equal(viewOf(text, kind, broken, (error) => told.push(error), AMPLE).text, text);
    assert.match(String(told), /a bug/);
  });

  it('of a view: the answer says so', async () => {
    const engine = engineOf(favouring('king'));
    const ask = async (others: EditorLanguages | undefined) => {
      const reader = readerWith(engine, (given, of) => viewOf(given, of, others, undefined, others ? LIMIT : AMPLE));
      const { answers, warnings } = await reader.answer({ text, ...kind, question: 'Who built it?' });
      assert.equal(answers[0].text, 'king');
      return warnings.map(({ code }) => code);
    };
    assert.deepEqual(await ask(endless), ['ReadAsText']);
    assert.deepEqual(await ask(undefined), []);
  });
});

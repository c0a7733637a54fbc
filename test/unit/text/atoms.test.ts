/** The edges of answers: spans completed to whole atoms, in any text. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { edgesFor, isOnlyVersion, lacksForm, namesForm } from '../../../server/text/atoms/asked.js';
import { WORD_RANGES } from '../../../server/text/atoms/atom.js';
import { completeSpan, MOST_MORE, REACH } from '../../../server/text/atoms/complete.js';
import { isGlued } from '../../../server/text/atoms/glued.js';
import { isNumberWord } from '../../../server/text/atoms/number-words.js';
import fc from '../helpers/fast-check.js';
import { assertGrowsInProportion } from '../helpers/growth.js';
import { rounds } from '../helpers/long.js';
import { table } from './atoms-table.js';

function marked(context: string) {
  const start = context.indexOf('⟦');
  const end = context.indexOf('⟧') - 1;
  const text = context.replace('⟦', '').replace('⟧', '');
  return { text, all: { start: 0, end: text.length }, span: { start, end } };
}

function completed(context: string, options = {}): string {
  const { text, all, span } = marked(context);
  const { start, end } = completeSpan(text, all, span, options);
  return text.slice(start, end);
}

describe('atoms', () => {
  for (const [context, right] of table) {
    it(context, () => assert.equal(completed(context), right));
  }

  it('each row of the table holds anywhere in a text', () => {
    for (const [context, right] of table) {
      if (/^\W*⟦|⟧\W*$/.test(context)) continue;
      const { text, span } = marked(context);
      const before = 'Some words stand before it, ';
      const longer = `${before}${text} and others behind.`;
      const found = completeSpan(
        longer,
        { start: 0, end: longer.length },
        { start: span.start + before.length, end: span.end + before.length },
      );
      assert.equal(longer.slice(found.start, found.end), right, context);
    }
  });

  it('one end of a range is enough if the question asks for it', () => {
    const context = 'open 9:30 a.m.–⟦5 p.m.⟧ on weekdays';
    assert.equal(completed(context), '9:30 a.m.–5 p.m.');
    assert.equal(completed(context, { endsAlone: true }), '5 p.m.');
    assert.equal(completed('from 12 March – ⟦4 April 2024⟧ in', { endsAlone: true }), '4 April 2024');
    for (const question of [
      'When does it close?',
      'When did the session end?',
      'Wann endet es?',
      'Seit wann gilt es?',
    ]) {
      assert.ok(edgesFor(question).endsAlone, question);
    }
    for (const question of ['When is it available?', 'What is the weekend rate?', 'Wann ist geöffnet?']) {
      assert.ok(!edgesFor(question).endsAlone, question);
    }
  });

  it('"when" is answered by a whole date, "in which year" by a part of it', () => {
    for (const [context, right] of [
      ['on 3 May ⟦1931⟧ in', '3 May 1931'],
      ['on ⟦May⟧ 14, 2024 in', 'May 14, 2024'],
      ['the war of ⟦1914⟧–1918 was', '1914–1918'],
      ['at 2024-06-02 ⟦03:16:30⟧ it', '2024-06-02 03:16:30'],
    ]) {
      assert.equal(completed(context, { wholeDates: true }), right);
      assert.notEqual(completed(context), right);
    }
    assert.equal(completed('the war of 1914–⟦1918⟧ was', { wholeDates: true, endsAlone: true }), '1918');
    assert.ok(edgesFor('When was it?').wholeDates && edgesFor('Wann war es?').wholeDates);
    assert.ok(!edgesFor('In which year was it?').wholeDates && !edgesFor('What happens when it rains?').wholeDates);
  });

  it('"how many" is answered by an amount', () => {
    const lacking = (question: string, context: string) => {
      const { text, span } = marked(context);
      return lacksForm(question)?.(text, span);
    };
    for (const [question, context, lacks] of [
      ['How many streams are allowed?', 'the ⟦maximum number⟧ of streams', true],
      ['How many streams are allowed?', 'default: ⟦100⟧, the', false],
      ['How many workers are there?', '⟦the number of CPUs minus one⟧ by', false],
      ['How many items fit?', 'it is ⟦unlimited⟧ by', false],
      ['how many of them passed', '⟦twenty-two⟧ passed', false],
      ['Wie viele Plätze gibt es?', 'mit ⟦fünfzig⟧ Plätzen', false],
      ['Wie viele Plätze gibt es?', 'mit ⟦Plätzen⟧ im', true],
      ['What is the price of the house?', 'ready ⟦to sell⟧ it', true],
      ['What is the price of the house?', 'for ⟦240,000 dollars⟧ it', false],
      ['What is the telephone number of Ben?', 'write to ⟦ben@mill.example⟧ or', true],
      ['What is the telephone number of Ben?', 'call ⟦555 0199⟧ or', false],
      ['What is the e-mail address of Ben?', 'his name is ⟦Ben Silva⟧ or', true],
      ['What is the e-mail address of Ben?', 'write to ⟦ben@mill.example⟧ or', false],
      ['Whose e-mail address is ben@mill.example?', 'his name is ⟦Ben Silva⟧ or', undefined],
      ['How long is the pool?', 'open ⟦7 a.m. to 9 p.m.⟧ on', true],
      ['How long is the pool?', 'it has ⟦50 m⟧ of', false],
      ['How long is it open?', 'open ⟦7 a.m. to 9 p.m.⟧ on', undefined],
      ['How long is the term?', 'it ends with ⟦the lease⟧ of', true],
      ['Who knows?', 'the ⟦maximum number⟧ of', undefined],
    ] as const) {
      assert.equal(lacking(question, context), lacks, `${question} ${context}`);
    }
  });

  describe('the form that a question names', () => {
    const named = (question: string, context: string) => {
      const { text, span } = marked(context);
      return namesForm(question)?.(text, span);
    };
    for (const [question, context, is] of [
      ['What is the e-mail address?', 'write to ⟦desk@quay.example⟧ or', true],
      ['What is the support e-mail?', 'write to ⟦desk@quay.example⟧ or', true],
      ['Wie lautet die E-Mail-Adresse?', 'an ⟦desk@quay.example⟧ oder', true],
      ['What is the e-mail address?', 'write to ⟦desk⟧@quay.example or', false],
      ['What is the e-mail address?', 'see ⟦https://quay.example/a⟧ or', false],
      ['Who sent the e-mail to Ann?', 'write to ⟦desk@quay.example⟧ or', undefined],
      ['What is the URL of the API?', 'see ⟦https://quay.example/a⟧ or', true],
      ['What is the URL of the API?', 'write to ⟦desk@quay.example⟧ or', false],
      ['What is the phone number?', 'call ⟦+44 20 7946 0018⟧ or', true],
      ['Welche Telefonnummer gilt?', 'unter ⟦030 123456⟧ oder', true],
      ['What is the phone number?', 'in ⟦2021⟧ or', false],
      ['When did it end?', 'from 10:15 until ⟦11:40⟧ on', true],
      ['When did it end?', 'from ⟦10:15⟧ until 11:40 on', false],
      ['When did it end?', 'from 10:15–⟦11:40⟧ on', true],
      ['When did it begin?', 'from ⟦10:15⟧ until 11:40 on', true],
      ['Wann endete es?', 'von 10:15 bis ⟦11:40⟧ Uhr', false],
      ['Wann endete es?', 'von 10:15 bis ⟦11:40 Uhr⟧', true],
      ['How long is the pool?', 'it has ⟦50 m⟧ of', true],
      ['How long is the pool?', 'open ⟦7 a.m. to 9 p.m.⟧ on', false],
      ['When was it?', 'from ⟦10:15⟧ until 11:40 on', undefined],
      ['Who built it?', 'by ⟦desk@quay.example⟧ or', undefined],
      ['Which CVE is fixed?', 'because of ⟦CVE-2024-1111⟧ in', true],
      ['Which CVE is fixed?', 'in version ⟦2.3.10⟧ of', false],
      ['Welches RFC gilt?', 'nach RFC ⟦8305⟧ und', true],
      ['which letters are used', 'in version ⟦2.3.10⟧ of', undefined],
    ] as const) {
      it(`${question} ${context}`, () => assert.equal(named(question, context), is));
    }
  });

  it('an atom that is not completely in view is cut, and marked so', () => {
    const { text, span } = marked('id -⟦250.00⟧ EUR');
    const all = { start: 0, end: text.length };
    assert.equal(completeSpan(text, all, span).whole, true);
    // Data without a space: where it ends is not near.
    const data = `key ${'Qk9'.repeat(400)}`;
    const part = { start: 4 + 600, end: 4 + 630 };
    assert.deepEqual(completeSpan(data, { start: 0, end: data.length }, part), { ...part, whole: false });
    const far = `a (b ${'c '.repeat(300)}) d`;
    assert.equal(completeSpan(far, { start: 0, end: far.length }, { start: 0, end: 4 }).whole, false);
    // Chinese has no spaces, and nothing of it is cut.
    const han = '東京は日本の首都である'.repeat(200);
    assert.deepEqual(completeSpan(han, { start: 0, end: han.length }, { start: 1100, end: 1102 }), {
      start: 1100,
      end: 1102,
      whole: true,
    });
  });

  it('stays in its block', () => {
    const text = 'x -5 EUR (thirty) days';
    for (let from = 0; from <= 3; from++) {
      for (let to = 4; to <= text.length; to++) {
        const { start, end } = completeSpan(text, { start: from, end: to }, { start: 3, end: 4 });
        assert.ok(start >= from && end <= to);
      }
    }
  });

  const unit = fc.oneof(
    fc.constantFrom(
      '-',
      '−',
      '(',
      ')',
      '"',
      "'",
      '“',
      '”',
      '[',
      ']',
      '.',
      ',',
      ':',
      '/',
      '@',
      '#',
      '$',
      '%',
      '\n',
      '- ',
      '* ',
      ' ',
      ' ',
      ' ',
      '5',
      '1,250',
      '2024',
      '03:16',
      'a.m.',
      'EUR',
      'Dr.',
      'Ann',
      'thirty',
      'days',
      'March',
      'http://',
      'a.example',
      'C:\\',
      '~/',
      'foo_bar',
      '--flag',
      '東',
      '🌸',
      '\ud83d',
      'Oslo',
      '.He',
      '\u00ad',
      '-\n',
      '+44',
      '°C',
    ),
    fc.string({ unit: 'binary', maxLength: 2 }),
  );
  const place = fc
    .tuple(fc.string({ unit, maxLength: 60 }), fc.nat(), fc.nat(), fc.nat(), fc.nat())
    .map(([text, ...n]) => {
      const [from, start, end, to] = n.map((each) => each % (text.length + 1)).sort((x, y) => x - y);
      return { text, within: { start: from, end: to }, span: { start, end } };
    });

  it('in any text: contains the span or a part of it, stays within bounds, and is unchanged when completed again', () => {
    fc.assert(
      fc.property(place, ({ text, within, span }) => {
        if (span.start === span.end) return;
        const once = completeSpan(text, within, span);
        assert.ok(once.start >= within.start && once.end <= within.end && once.start < once.end);
        assert.ok(once.start < span.end && once.end > span.start);
        if (once.whole) assert.deepEqual(completeSpan(text, within, once), once);
      }),
      { numRuns: rounds(1000, 25000) },
    );
  });

  it('in any text with balanced brackets: the completed span is balanced as well', () => {
    const word = fc.constantFrom('red', 'blue', '5', 'of', 'it', 'EUR');
    const { text: nested } = fc.letrec<{ text: string; item: string }>((tie) => ({
      text: fc.array(tie('item'), { minLength: 1, maxLength: 4 }).map((items) => items.join(' ')),
      item: fc.oneof(
        { depthSize: 'small' },
        word,
        tie('text').map((t) => `(${t})`),
        tie('text').map((t) => `[${t}]`),
        word.map((t) => `“${t}”`),
      ),
    }));
    fc.assert(
      fc.property(nested, fc.nat(), fc.nat(), (text, a, b) => {
        const [start, end] = [a % (text.length + 1), b % (text.length + 1)].sort((x, y) => x - y);
        // A model finds words.
        if (!/[\p{L}\p{N}]/u.test(text.slice(start, end))) return;
        const found = completeSpan(text, { start: 0, end: text.length }, { start, end });
        if (found.whole) assert.equal(depth(text.slice(found.start, found.end)), 0, text.slice(found.start, found.end));
      }),
      { numRuns: rounds(500, 10000) },
    );
  });

  it('depends only on what is near, in a text of any length', () => {
    const filler = 'and so on, '.repeat(20_000);
    for (const [context, right] of table.slice(0, 40)) {
      const { text, span } = marked(context);
      const long = `${filler}${text} ${filler}`;
      const shifted = { start: span.start + filler.length, end: span.end + filler.length };
      const { start, end } = completeSpan(long, { start: 0, end: long.length }, shifted);
      assert.equal(long.slice(start, end), right, context);
      assert.ok(
        start >= shifted.start - REACH &&
          end <= shifted.end + REACH &&
          end - start <= span.end - span.start + MOST_MORE,
      );
    }
  });

  it('takes time in proportion to the span, whatever it consists of', () => {
    for (const piece of [
      '(',
      '"',
      '-',
      '1,',
      'a.',
      'a-',
      '1 ',
      '(1',
      'Dr. ',
      '@a.',
      'http://',
      '/',
      '\\',
      '5 (thirty ',
      "'",
      '.',
      ':',
      'A. ',
      '\n',
    ]) {
      assertGrowsInProportion(JSON.stringify(piece), 20_000, (size) => {
        const text = piece.repeat(Math.ceil(size / piece.length));
        const spans = Math.ceil(size / 200);
        for (let i = 0; i < spans; i++) {
          completeSpan(
            text,
            { start: 0, end: text.length },
            { start: i * 200, end: Math.min(text.length, i * 200 + 30) },
          );
        }
      });
    }
  });
});

function depth(text: string): number {
  let open = 0;
  for (const unit of text) {
    if ('([“'.includes(unit)) open++;
    if (')]”'.includes(unit) && --open < 0) return open;
  }
  return open;
}

describe('sentences without a space between them', () => {
  const glued = (context: string) => isGlued(context.replace('|', ''), context.indexOf('|'));

  it('are told from names in code by the word that follows', () => {
    for (const text of [
      'She was born in Oslo|.He died in Rome.',
      'a gifted violinist|.Ann Fielding was',
      'Sie lebte in Graz|.Die Familie zog',
      'in 1931|.The bridge is',
    ]) {
      assert.equal(glued(text), true, text);
    }
    for (const text of [
      'uses System|.Text.Json for',
      'call fmt|.Println(x)',
      'the `Oslo|.He` of',
      'in package|.json there',
      'the Node|.js runtime',
      'version 2|.Beta is',
      'an options|.maxSize of',
      'of my_module|.The is',
    ]) {
      assert.equal(glued(text), false, text);
    }
  });
});

describe('the ranges of letters, marks and digits', () => {
  const inRanges = new RegExp(`[${WORD_RANGES}]`, 'u');
  const inProperties = /[\p{L}\p{M}\p{N}]/u;
  /** [start, end] of code points */
  const misfits = (stretches: [number, number][]) =>
    stretches.flatMap(([start, end]) =>
      Array.from({ length: end - start }, (_, i) => String.fromCodePoint(start + i)).filter(
        (unit) => inRanges.test(unit) !== inProperties.test(unit),
      ),
    );

  it('contain all of them', () => {
    for (let code = 0; code < 0x32000; code++) {
      const unit = String.fromCodePoint(code);
      if (inProperties.test(unit)) assert.ok(inRanges.test(unit), `U+${code.toString(16)}`);
    }
  });

  it('contain no other characters of Latin, punctuation, currencies, arrows, mathematics, CJK punctuation, emoji', () => {
    const stretches: [number, number][] = [
      [0, 0x300],
      [0x2000, 0x2c00],
      [0x2e00, 0x3040],
      [0xd800, 0xf900],
      [0xff00, 0xffff],
      [0x1f000, 0x1fbf0],
    ];
    // Half-width forms have gaps that the ranges include.
    assert.deepEqual(
      misfits(stretches).filter((unit) => !/[\uff66-\uffdc\p{Cn}]/u.test(unit)),
      [],
    );
  });
});

describe('numbers in words', () => {
  it('English and German', () => {
    for (const word of [
      'thirty',
      'twenty-one',
      'hundred',
      'vierzehn',
      'zweihundertfünfzigtausend',
      'dreißig',
      'Million',
    ]) {
      assert.equal(isNumberWord(word), true, word);
    }
    for (const word of ['most', 'once', 'days', 'einige', 'tenant', '']) assert.equal(isNumberWord(word), false, word);
  });
});

describe('an answer that is only a version', () => {
  const isVersion = (text: string) => isOnlyVersion('What was added?')?.(text, { start: 0, end: text.length });

  it('is told by its form', () => {
    for (const text of ['2.3.10', 'v1.0', '[1.2.0-rc.1]', '4.0.0+build7']) assert.equal(isVersion(text), true, text);
    for (const text of ['2', 'v8 engine', '1.5 hours', '2.3.10 and 2.4', 'EUR 4.50'])
      assert.equal(isVersion(text), false);
    assert.equal(isOnlyVersion('Which release was it?'), undefined);
  });

  it('is told at once for a long word that only begins like one', () => {
    assert.equal(isVersion(`1.1${'a'.repeat(36)}!`), false);
  });
});

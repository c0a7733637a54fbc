/** Lists, what is asked of them, and what stands in the place of candidates. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { enumerationAround } from '../../../server/reader/enumerations.js';
import { answersFromLists } from '../../../server/reader/list-answers.js';
import { listQuestionOf } from '../../../server/reader/list-question.js';
import { listsOf } from '../../../server/reader/lists.js';
import type { ProjectedAnswer } from '../../../server/reader/projection.js';
import { refine, withoutEchoes } from '../../../server/reader/refine.js';
import { viewOf } from '../../../server/views/choose-view.js';
import { assertGrowsInProportion } from '../helpers/growth.js';

const read = (fileName: string, text: string) => {
  const view = viewOf(text, { fileName });
  const words = ({ start, end }: { start: number; end: number }) => view.text.slice(start, end);
  const lists = listsOf(view, text);
  return { view, text, lists, words, items: lists.map(({ items }) => items.map(words)) };
};

/** Candidates at the first place of each of some words, with their margins. */
function found(text: string, ...words: [string, number][]): ProjectedAnswer[] {
  const sum = words.reduce((total, [, margin]) => total + Math.exp(margin / 2.5), 1);
  return words.map(([word, margin]) => {
    const start = text.indexOf(word);
    assert.ok(start >= 0, word);
    return { start, end: start + word.length, score: margin, margin, probability: Math.exp(margin / 2.5) / sum };
  });
}

/** What is answered to a question when these are the candidates. */
function answered(fileName: string, text: string, question: string, ...words: [string, number][]) {
  const { view, lists, words: shown } = read(fileName, text);
  const within = { start: 0, end: view.text.length };
  const answers = answersFromLists(found(view.text, ...words), question, { text: view.text, lists, within });
  return { ...answers[0], shown: answers[0].items?.map(shown) ?? shown(answers[0]), others: answers.slice(1) };
}

describe('lists', () => {
  const expected = ['passport', 'proof of address', 'two photographs'];
  const forms: [name: string, text: string][] = [
    ['a.md', '# Visa\n\nRequired documents:\n\n- passport;\n- *proof* of address, and\n- two photographs.\n'],
    ['a.txt', 'Required documents:\n- passport\n- proof of address\n- two photographs\n'],
    ['b.txt', 'Required documents:\n\n  1) passport\n  2) proof of address\n  3) two photographs\n\nThe end.\n'],
    ['c.txt', 'Required documents:\n(a) passport,\n(b) proof of address,\n(c) two photographs.\n'],
    [
      'a.html',
      '<p>Required documents:</p><ul><li>passport</li><li><b>proof</b> of address</li><li>two photographs</ul>',
    ],
    ['a.rst', 'Required documents:\n\n* passport\n* proof of address\n* two photographs\n'],
    ['a.adoc', 'Required documents:\n\n* passport\n* proof of address\n* two photographs\n'],
    [
      'a.tex',
      '\\begin{document}Required documents:\n\\begin{itemize}\n\\item passport\n\\item proof of address\n\\item two photographs\n\\end{itemize}\\end{document}',
    ],
  ];
  for (const [name, text] of forms) {
    it(`are found in ${name}, item by item, with their lead-in`, () => {
      const { lists, items, words } = read(name, text);
      assert.deepEqual(items, [expected]);
      assert.match(words(lists[0].lead!), /^Required documents:$/);
    });
  }

  it('have levels: the item above an inner list is its lead-in, and the outer list continues after it', () => {
    const forms: [string, string][] = [
      ['a.md', '1. first\n   - one\n   - two\n2. second\n3. third\n'],
      ['a.html', '<ol><li>first<ul><li>one</li><li>two</li></ul></li><li>second</li><li>third</li></ol>'],
      ['a.adoc', '* first\n** one\n** two\n* second\n* third\n'],
    ];
    for (const [name, text] of forms) {
      const { lists, items, words } = read(name, text);
      assert.deepEqual(
        items,
        [
          ['first', 'second', 'third'],
          ['one', 'two'],
        ],
        name,
      );
      assert.equal(words(lists[1].lead!), 'first', name);
      assert.equal(words({ start: lists[0].items[0].start, end: lists[0].items[0].until }).includes('two'), true, name);
    }
  });

  it('end at a paragraph, and a number that starts over begins another list', () => {
    assert.deepEqual(read('a.md', '- a\n- b\n\ntext\n\n- c\n- d\n').items, [
      ['a', 'b'],
      ['c', 'd'],
    ]);
    assert.deepEqual(read('a.txt', 'One:\n1. aa\n2. bb\n1. cc\n2. dd\n').items, [
      ['aa', 'bb'],
      ['cc', 'dd'],
    ]);
  });

  it('are found in time linear in the document', () => {
    assertGrowsInProportion('lists', 20_000, (n) => {
      const text = `${'- item of a list\n  - inner\n'.repeat(n)}\n`;
      assert.ok(listsOf(viewOf(text, { fileName: 'a.txt' }), text).length > 0);
    });
  });
});

describe('what a question asks of a list', () => {
  const all = [
    'Which documents are required?',
    'What are the steps?',
    'List all items.',
    'Name the members of the club.',
  ];
  all.push('In which formats can pictures be stored?', 'Who are the authors?', 'What children does Peter have?');
  for (const question of all) it(question, () => assert.equal(listQuestionOf(question)?.all, true));

  const ordinals: [string, number, boolean][] = [
    ['What is the third step?', 3, true],
    ['What is step 3?', 3, true],
    ['What does item 12 say?', 12, true],
    ['Name the last item of the list.', -1, true],
    ['What is the 2nd point on the agenda?', 2, true],
    ['When is the second payment due?', 2, false],
  ];
  for (const [question, ordinal, whole] of ordinals) {
    it(question, () => {
      const asked = listQuestionOf(question);
      assert.deepEqual([asked?.ordinal, asked?.whole], [ordinal, whole]);
    });
  }

  const nothing = ['Which option makes the bar show bytes?', 'When was it built?', 'What is the basis of the claim?'];
  nothing.push(
    'In which year was the software first released?',
    'How many documents are required?',
    'Which class is it?',
  );
  for (const question of nothing) it(`nothing: ${question}`, () => assert.equal(listQuestionOf(question), undefined));
});

describe('answers from lists', () => {
  const visa = `# Visa

The office is open in May.

Required documents:

- passport
- proof of address
- two photographs (for minors)

## Steps

1. Fill in form V-12.
2. Pay the fee of 60 crowns.
3. Book an appointment in Lund.
`;
  const documents = ['passport', 'proof of address', 'two photographs (for minors)'];

  it('the whole list is the answer if the best candidate is one of its items', () => {
    const best = answered(
      'a.md',
      visa,
      'Which documents are required?',
      ['proof of address', 6],
      ['passport', 5],
      ['May', 1],
    );
    assert.deepEqual(best.shown, documents);
    assert.equal(best.margin, 6);
    assert.equal(best.others.length, 1);
    // What its items had together.
    const sum = Math.exp(6 / 2.5) + Math.exp(5 / 2.5) + Math.exp(1 / 2.5) + 1;
    assert.ok(Math.abs(best.probability - (sum - 1 - Math.exp(1 / 2.5)) / sum) < 1e-9);
  });

  it('also if the best candidate is the lead-in, or is elsewhere and the lead-in has all words of the question', () => {
    assert.deepEqual(
      answered('a.md', visa, 'Which documents are required?', ['Required documents', 6]).shown,
      documents,
    );
    const elsewhere = answered('a.md', visa, 'Which documents are required?', ['May', 6], ['passport', 5]);
    assert.deepEqual(elsewhere.shown, documents);
    assert.ok(elsewhere.margin > 6 && elsewhere.probability > elsewhere.others[0].probability);
  });

  it('one item is asked for if a word of the question is only in some of them', () => {
    const best = answered('a.md', visa, 'Which documents are required for minors?', ['two photographs', 6]);
    assert.equal(best.shown, 'two photographs');
  });

  it('a different plural does not ask for the list', () => {
    assert.equal(answered('a.md', visa, 'Which months are open?', ['passport', 6]).shown, 'passport');
  });

  it('an item is found by its number, whatever the candidates are', () => {
    const ask = (question: string) => answered('a.md', visa, question, ['V-12', -3]);
    assert.equal(ask('What is the third step?').shown, 'Book an appointment in Lund');
    assert.equal(ask('What is step 2?').shown, 'Pay the fee of 60 crowns');
    assert.equal(ask('What is the last step?').shown, 'Book an appointment in Lund');
    assert.ok(ask('What is the third step?').margin >= 8);
    // There is none.
    assert.equal(ask('What is the fifth step?').shown, 'V-12');
  });

  it('a question about part of a numbered item is answered by the best candidate there', () => {
    const best = answered('a.md', visa, 'How much is paid in step 2?', ['V-12', 4], ['60 crowns', 2], ['May', 1]);
    assert.equal(best.shown, '60 crowns');
  });
});

describe('enumerations in a sentence', () => {
  const around = (text: string, answer: string) => {
    const start = text.indexOf(answer);
    const whole = enumerationAround(text, { start: 0, end: text.length }, { start, end: start + answer.length });
    return whole && text.slice(whole.start, whole.end);
  };

  it('a part stands for the whole enumeration', () => {
    assert.equal(around('The children of Peter are Jan, Mike and Sofie. He left.', 'Mike'), 'Jan, Mike and Sofie');
    const members = 'Ruth Adler (chair, since May), Tomas Berg, and Chen Yu';
    assert.equal(around(`There are three members: ${members}.`, 'Ruth Adler'), members);
    assert.equal(around('It runs on Linux, macOS or Windows', 'on Linux'), undefined);
  });

  it('not if it is unclear what belongs to it', () => {
    for (const text of [
      'When he came, Mike left and Sofie stayed.',
      'In May, Mike was there.',
      'Jan, who was there, Mike and Sofie are cousins.',
      'Jan and Mike left.',
    ]) {
      assert.equal(around(text, 'Mike'), undefined, text);
    }
  });
});

describe('echoes of the question', () => {
  it('the kind asked for is not an answer: "which header" is not answered by "header"', () => {
    const { view, words } = read('a.yaml', 'in: header\nname: X-Parcel-Key\n');
    const spans = found(view.text, ['header', 9], ['X-Parcel-Key', 5]);
    assert.deepEqual(withoutEchoes(spans, 'In which header is the key sent?', view).map(words), ['X-Parcel-Key']);
    assert.deepEqual(withoutEchoes(spans, 'Where is the key sent?', view).map(words), ['header', 'X-Parcel-Key']);
  });

  it('the cell that names the row is not an answer, unless one of several is asked for', () => {
    const { view, words } = read('a.csv', 'Role,Short\nOpen Source Officer,OSO\nOpen Source Liaison,OSL\n');
    const spans = found(view.text, ['Open Source Officer', 9], ['OSO', 5]);
    const asked = (question: string) => withoutEchoes(spans, question, view).map(words);
    assert.deepEqual(asked('What is short for Open Source Officer?'), ['OSO']);
    assert.deepEqual(asked('Who is it, the Open Source Officer or the Open Source Liaison?'), [
      'Open Source Officer',
      'OSO',
    ]);
    const part = found(view.text, ['Open Source', 9], ['OSO', 5]);
    assert.equal(withoutEchoes(part, 'What is short for Open Source?', view).length, 2);
  });

  it('a cell with words of the question is an answer if its column is asked for, and not only named', () => {
    const { view, words } = read('a.csv', 'License,SPDX identifier,Copyleft\n3-clause BSD License,BSD-3-Clause,no\n');
    const spans = found(view.text, ['BSD-3-Clause', 9], ['3-clause BSD License', 8], ['no', 5]);
    const asked = (question: string) => withoutEchoes(spans, question, view).map(words);
    assert.deepEqual(asked('What is the SPDX identifier of the 3-clause BSD License?'), ['BSD-3-Clause', 'no']);
    assert.deepEqual(asked('Which SPDX identifier does the 3-clause BSD License have?'), ['BSD-3-Clause', 'no']);
    assert.deepEqual(asked('Which copyleft has the 3-clause BSD License with this SPDX identifier?'), ['no']);
    assert.deepEqual(asked('What is the license with the SPDX identifier BSD-3-Clause? 3-clause BSD?'), [
      '3-clause BSD License',
      'no',
    ]);
  });

  it('a heading, lead-in or question with only the words of the question is not an answer, the text below it is', () => {
    const text = '## Opening hours\n\nOpening hours:\n\nWe open at nine.\n';
    const { view, words } = read('a.md', text);
    const heading = found(view.text, ['Opening hours', 9], ['nine', 5]);
    const lead = view.text.lastIndexOf('Opening hours');
    heading.push({ ...heading[0], start: lead, end: lead + 13, margin: 8 });
    assert.deepEqual(withoutEchoes(heading, 'What are the opening hours?', view).map(words), ['nine']);
    assert.equal(withoutEchoes(heading.slice(0, 1), 'What are the opening hours?', view).length, 1);
    const finished = { answers: heading, nullScore: 0, nullProbability: 0.1 };
    const within = { start: 0, end: view.text.length };
    const { answers, nullScore, nullProbability } = refine(finished, 'What are the opening hours?', view, text, within);
    assert.deepEqual([answers.map(words), nullScore], [['nine'], 0]);
    assert.ok(Math.abs(answers[0].probability + nullProbability - 1) < 1e-9);
  });
});

/** The edges of answers in documents: whole, with the probability that a cut deserves; passages are left alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { placeAnswers } from '../../../server/reader/answers.js';
import { FORM_BONUS, LACKING_HANDICAP, TEMPERATURE } from '../../../server/reader/calibration.js';
import { ReadDocument } from '../../../server/reader/document.js';
import { withEdges } from '../../../server/reader/edges.js';
import { HeadingPieces } from '../../../server/reader/heading-pieces.js';
import type { Projected } from '../../../server/reader/projection.js';
import { Tokenizer } from '../../../server/tokenizer/tokenizer.js';
import { Vocabulary } from '../../../server/tokenizer/vocabulary.js';
import { viewOf } from '../../../server/views/choose-view.js';

const vocabulary = Vocabulary.parse(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a'].join('\n'), 'vocab.txt');
const tokenizer = new Tokenizer(vocabulary, { lowerCase: true, stripAccents: true, chineseChars: true });

function read(text: string, fileName: string): ReadDocument {
  return new ReadDocument(text, viewOf(text, { fileName }), tokenizer, new HeadingPieces(tokenizer));
}

/** What a model finds in the view, best first, with its margins. */
function projected(document: ReadDocument, ...found: (readonly [words: string, margin: number])[]): Projected {
  const answers = found.map(([words, margin]) => {
    const start = document.view.text.indexOf(words);
    assert.ok(start >= 0, `${words} in ${document.view.text}`);
    return { start, end: start + words.length, score: margin + 1, margin, probability: 0.9 };
  });
  return { answers, nullScore: 1, nullProbability: 0.1 };
}

function answers(text: string, fileName: string, question: string, ...found: (readonly [string, number])[]) {
  const document = read(text, fileName);
  const limit = document.view.text.length;
  const edged = withEdges(document, projected(document, ...found), limit, question);
  return { ...edged, placed: placeAnswers(document, edged.answers, limit, 5) };
}

const first = (text: string, fileName: string, question: string, ...found: (readonly [string, number])[]) =>
  answers(text, fileName, question, ...found).placed[0].text;

describe('edges of answers', () => {
  it('when something is: the end of a month is not the month', () => {
    const text = 'The launch is planned for the end of June 2024. Work began in mid-2021 and in May 2022.';
    const ask = (question: string, words: string) => first(text, 'plan.txt', question, [words, 9]);
    assert.equal(ask('For when is the launch planned?', 'June 2024'), 'end of June 2024');
    assert.equal(ask('When did work begin?', '2021'), 'mid-2021');
    assert.equal(ask('When did work begin?', 'May 2022'), 'May 2022');
    assert.equal(ask('In which month is the launch?', 'June 2024'), 'June 2024');
  });

  it('a relative clause has with it the few words with which the text begins', () => {
    const ask = (text: string, words: string) => first(text, 'terms.md', 'What is a supplier?', [words, 9]);
    assert.equal(
      ask('person or body that sells the product', 'that sells the product'),
      'person or body that sells the product',
    );
    assert.equal(ask('## Supplier\n\nstock which is sold again\n', 'which is sold again'), 'stock which is sold again');
    // Not where a sentence goes on, or where much is before it.
    assert.equal(ask('It is named here, and that is enough.', 'that is enough'), 'that is enough');
    const long = 'the whole of the stock and the tools of every shop ';
    assert.equal(ask(`${long}that is sold again`, 'that is sold again'), 'that is sold again');
  });

  it('are right in small documents of common kinds', () => {
    const report =
      'The mill lost money: -4.7 million euros in 2019. The account stood at -95.10 EUR, the pond at -1.3 m.';
    assert.equal(first(report, 'report.txt', 'What was the result?', ['4.7 million euros', 9]), '-4.7 million euros');
    assert.equal(first(report, 'report.txt', 'What was the balance?', ['95.10 EUR', 9]), '-95.10 EUR');
    assert.equal(first(report, 'report.txt', 'How high was the pond?', ['1.3', 9]), '-1.3 m');
    const board = 'Write to office@mill.example or call +43 (0)1 555 01 22. Rules: https://mill.example/r?lang=en#5.';
    assert.equal(first(board, 'board.txt', 'What is the e-mail address?', ['office', 2]), 'office@mill.example');
    assert.equal(first(board, 'board.txt', 'What is the number?', ['43 (0)1 555', 9]), '+43 (0)1 555 01 22');
    assert.equal(
      first(board, 'board.txt', 'Where are the rules?', ['https://mill.example/r', 9]),
      'https://mill.example/r?lang=en#5',
    );
    const life = 'Ada was born in Graz.She studied in Wien.Her brother stayed.';
    assert.equal(first(life, 'life.txt', 'Where was Ada born?', ['Graz', 9]), 'Graz');
    const hours = 'The desk is open 8:30 a.m.–4 p.m., Mon.–Thu. Rent is due within 14 (fourteen) days.';
    assert.equal(first(hours, 'hours.txt', 'When is the desk open?', ['8:30 a.m', 9]), '8:30 a.m.–4 p.m., Mon.–Thu.');
    assert.equal(first(hours, 'hours.txt', 'Within how many days is rent due?', ['14', 9]), '14 (fourteen) days');
    const lines = 'The pact was sealed on the nine-\nteenth of May and holds.';
    assert.equal(first(lines, 'pact.txt', 'When was the pact sealed?', ['May', 9]), 'the nine-\nteenth of May');
    const jobs = 'The tag is built by the job "weekly (x64)"; the user \'tom\' may only read.';
    assert.equal(first(jobs, 'jobs.txt', 'Which job builds the tag?', ['weekly (x64', 9]), 'weekly (x64)');
    assert.equal(first(jobs, 'jobs.txt', 'Who may only read?', ["'tom'", 9]), 'tom');
  });

  it('end before a sentence that is glued to the answer, however long it is', () => {
    const text = 'Ann Fielding was a gifted violinist.Ann Fielding was a bridge engineer.';
    assert.equal(first(text, 'a.txt', 'Who was Ann Fielding?', [text.slice(17, -1), 9]), 'a gifted violinist');
  });

  it('a browser is all that it calls itself; a later part of that may stand alone', () => {
    const line = (agent: string) =>
      `192.0.2.4 - - [01/May/2024:10:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "${agent}"\n`.repeat(3);
    const agent = 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/65.0';
    const question = 'Which browser was it?';
    assert.equal(first(line(agent), 'a.log', question, ['Mozilla/5.0', 9]), agent);
    assert.equal(first(line(agent), 'a.log', question, ['Firefox/65.0', 9]), 'Firefox/65.0');
    assert.equal(first(line('curl/8.5.0 (x)'), 'a.log', question, ['curl/8.5.0', 9]), 'curl/8.5.0');
  });

  it('spans completed to the same answer share no probability', () => {
    const text = 'The desk is at office@mill.example now.';
    const question = 'Where is the desk?';
    const alone = answers(text, 'a.txt', question, ['office', 5]);
    const twice = answers(text, 'a.txt', question, ['office', 5], ['mill', 4]);
    assert.deepEqual(twice.answers, alone.answers);
  });

  it('the key of a row is not an amount, unless its column is asked for; a hint where to look is not an answer', () => {
    const table = 'release,codename,pages\n13,Trixie,\n12,Bookworm,40\n11,Bullseye,30\n';
    const margin = (question: string, word: string) => answers(table, 'a.csv', question, [word, 5]).answers[0].margin;
    assert.equal(margin('How many packages does Trixie contain?', '13'), 5 - LACKING_HANDICAP);
    assert.equal(margin('How much is release Trixie?', '13'), 5);
    assert.equal(margin('Which number has Trixie?', '13'), 5);
    assert.equal(margin('How many pages does Bookworm have?', '40'), 5);
    const paper = 'Authors: See "Authors\' Addresses" section. Ada Okafor and Ben Silva wrote it.';
    assert.equal(
      first(paper, 'a.txt', 'Who are the authors?', ['See "Authors\' Addresses" section', 6], ['Ada Okafor', 3]),
      'Ada Okafor',
    );
  });

  it('leave out the verb of the question before a name in code, and keep both halves of markup', () => {
    const code = '/** @deprecated since 2.0, use `abort` */\nexport let cancel = 1;\n';
    assert.equal(first(code, 'a.ts', 'What should be used instead of cancel?', ['use abort', 9]), 'abort');
    assert.equal(first(code, 'a.ts', 'What should be done?', ['use abort', 9]), 'use `abort`');
    const prose = 'See the **whole** list in `a.md` there.\n';
    assert.equal(first(prose, 'a.md', 'What is in it?', ['the whole', 9]), 'the **whole**');
  });

  it('stay in a cell, in a value and in the part that was read', () => {
    const cells = '| Host | Port |\n| --- | --- |\n| alpha | 80 |\n| beta | 90 EUR |\n';
    assert.equal(first(cells, 'a.md', 'Which port?', ['80', 9]), '80');
    const document = read('It rose to -5 EUR in May', 'a.txt');
    const edged = withEdges(document, projected(document, ['5', 9]), 13, 'What was it?');
    assert.deepEqual([edged.answers[0].start, edged.answers[0].end], [11, 13]);
  });

  it('a span that remains cut has a probability of at most one half, and a complete answer goes before it', () => {
    const text = `The key is ${'Qk9v'.repeat(300)} and the lock is brass.`;
    const question = 'What is it?';
    const cut = text.slice(500, 530);
    const alone = answers(text, 'a.txt', question, [cut, 12]);
    assert.deepEqual([alone.answers[0].probability, alone.placed[0].text], [0.5, cut]);
    const other = answers(text, 'a.txt', question, [cut, 12], ['brass', 3], ['lock', -1]);
    assert.deepEqual(
      other.placed.map((a) => a.text),
      ['brass', cut, 'lock'],
    );
    assert.equal(other.answers[1].probability, 0.5);
    // One that is rather no answer does not.
    assert.equal(answers(text, 'a.txt', question, [cut, 12], ['brass', -1]).placed[0].text, cut);
  });

  it('a span in the form that the question names gains rank, score and probability', () => {
    const text = 'Ann or desk@mill.example answers.';
    const question = 'What is the e-mail address?';
    const found = answers(text, 'a.txt', question, ['Ann', 1], ['desk', -1]);
    assert.equal(found.placed[0].text, 'desk@mill.example');
    const [best] = found.answers;
    assert.deepEqual([best.margin, best.score, found.nullScore], [FORM_BONUS - 1, FORM_BONUS, 1]);
    const weights = [FORM_BONUS - 1, 1 - LACKING_HANDICAP, 0].map((margin) => Math.exp(margin / TEMPERATURE));
    assert.ok(Math.abs(best.probability - weights[0] / (weights[0] + weights[1] + weights[2])) < 1e-9);
    assert.equal(answers(text, 'a.txt', 'Who answers?', ['Ann', 1], ['desk', -1]).placed[0].text, 'Ann');
  });

  it('a span without an amount loses rank, score and probability to one with it if the question asks "how many"', () => {
    const text = 'The maximum number of streams: 100.';
    const found = answers(text, 'a.txt', 'How many streams are allowed?', ['maximum number', 6], ['100', 2]);
    assert.deepEqual(
      found.placed.map((a) => a.text),
      ['100', 'maximum number'],
    );
    assert.deepEqual(
      found.answers.map(({ margin }) => margin),
      [2, 6 - LACKING_HANDICAP],
    );
    assert.equal(
      answers(text, 'a.txt', 'What is it?', ['maximum number', 6], ['100', 2]).placed[0].text,
      'maximum number',
    );
  });

  it('the version above a list of changes is the answer only if the question may ask for one', () => {
    const log =
      '# Changes\n\n## 2.3.10\n\n- Run commands safely because of CVE-2024-1111\n\n## v1.0.0-rc.1\n\n- Works with 1.2.3\n';
    const ask = (question: string, ...spans: [string, number][]) => answers(log, 'a.md', question, ...spans);
    const which = 'Which CVE made it necessary?';
    const best = ask(which, ['2.3.10', 9], ['CVE-2024-1111', 3]);
    assert.deepEqual(
      best.answers.map(({ margin }) => margin),
      [3 + FORM_BONUS, 9 - LACKING_HANDICAP],
    );
    assert.equal(best.placed[0].text, 'CVE-2024-1111');
    const margin = (question: string, span: string) => ask(question, [span, 9]).answers[0].margin;
    assert.equal(margin('To what was it renamed?', 'v1.0.0-rc.1'), 9 - LACKING_HANDICAP);
    assert.equal(margin('To what was it renamed?', '1.2.3'), 9);
    for (const question of ['Which version is safe?', 'When was it made safe?', 'What is the latest release?']) {
      assert.equal(margin(question, '2.3.10'), 9, question);
    }
  });

  it('a reference to a value elsewhere is the answer only if the question may ask for one', () => {
    const reference = `\${java.version}`;
    const build = `java.version = 17\n\nThe compiler is set to ${reference} here; the name is {{ app.name }}.\n`;
    const ask = (question: string, ...spans: [string, number][]) => answers(build, 'a.txt', question, ...spans);
    const best = ask('Which Java is needed?', [reference, 9], ['17', 3]);
    assert.equal(best.placed[0].text, '17');
    assert.equal(best.answers[1].margin, 9 - LACKING_HANDICAP);
    assert.equal(ask('What is the name?', ['{{ app.name }}', 9]).answers[0].margin, 9 - LACKING_HANDICAP);
    assert.equal(ask('Which property sets Java?', [reference, 9]).answers[0].margin, 9);
  });

  it('without spans there is nothing to do', () => {
    const none = answers('Nothing.', 'a.txt', 'What is the e-mail address?');
    assert.deepEqual([none.answers, none.nullScore, none.nullProbability], [[], 1, 0.1]);
  });

  it('spans of a passage are unchanged', () => {
    const document = read('It fell to -80 °C (at night)', 'a.txt');
    const { answers: spans } = projected(document, ['80', 9], ['C (at', 3]);
    assert.deepEqual(
      placeAnswers(document, spans, document.view.text.length, 5).map((a) => [a.text, a.probability]),
      [
        ['80', 0.9],
        ['C (at', 0.9],
      ],
    );
  });
});

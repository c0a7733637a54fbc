import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { passageAround, styleFor, wantsColour } from '../../../server/cli/text.js';
import { oneLine, terminalJson, terminalText } from '../../../server/text/one-line.js';

describe('colours', () => {
  const tty = { isTTY: true };
  const cases: [string, { isTTY?: boolean }, Record<string, string>, boolean][] = [
    ['terminal', tty, {}, true],
    ['pipe', {}, {}, false],
    ['NO_COLOR on a terminal', tty, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR', tty, { NO_COLOR: '' }, true],
    ['FORCE_COLOR on a pipe', {}, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR wins', {}, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
    ['FORCE_COLOR=0', tty, { FORCE_COLOR: '0' }, false],
    ['a dumb terminal', tty, { TERM: 'dumb' }, false],
  ];
  for (const [name, stream, env, expected] of cases) {
    it(name, () => assert.equal(wantsColour(stream, env), expected));
  }

  it('without colours the answer is between marks', () => {
    assert.equal(styleFor(false).answer('x'), '«x»');
    assert.equal(styleFor(true).answer('x'), '\x1b[1;30;43mx\x1b[0m');
  });
});

describe('passages', () => {
  it('a short text is shown completely', () => {
    assert.deepEqual(passageAround('The king built\na city.', 4, 8), {
      before: 'The ',
      answer: 'king',
      after: ' built a city.',
    });
  });

  it('a long one is cut between words', () => {
    const text = `${'left '.repeat(20)}ANSWER${' right'.repeat(20)}`;
    const { before, answer, after } = passageAround(text, 100, 106, 22);
    assert.equal(before, '…left left left left ');
    assert.equal(answer, 'ANSWER');
    assert.equal(after, ' right right right…');
  });

  it('a passage does not cross a paragraph', () => {
    const text = 'Before it.\r\n\r\nThe king. It is he.\n \nAfter it.';
    const { before, answer, after } = passageAround(text, text.indexOf('king'), text.indexOf('king') + 4);
    assert.equal(`${before}|${answer}|${after}`, 'The |king|. It is he.');
  });

  it('no text can control the terminal', () => {
    assert.equal(oneLine('a\x1b[2Jb\r\n\tc\x9bd'), 'a\ufffd[2Jb c\ufffdd');
    assert.equal(oneLine('a\u202egpj.exe \u2066b\ud800c\udc00d'), 'a\ufffdgpj.exe \ufffdb\ufffdc\ufffdd');
  });

  it('other scripts, emoji and the marks in them are kept', () => {
    const text = 'Zürich 東京 عربي\u200f 👩\u200d👩\u200d👧 e\u0301';
    assert.equal(oneLine(text), text);
    assert.equal(terminalText(text), text);
  });

  it('line ends and our own colours are kept, other sequences are not', () => {
    const text = `one\n${styleFor(true).answer('two')} \x1b[31mthree\x1b[0m\r`;
    assert.equal(terminalText(text, true), 'one\n\x1b[1;30;43mtwo\x1b[0m \ufffd[31mthree\x1b[0m\ufffd');
    assert.equal(terminalText(text), 'one\n\ufffd[1;30;43mtwo\ufffd[0m \ufffd[31mthree\ufffd[0m\ufffd');
  });

  it('JSON contains only visible characters and has the same value', () => {
    const value = { name: 'a\x1b\x7f\x9b\u202e\u2028é👧' };
    assert.equal(terminalJson(value), '{"name":"a\\u001b\\u007f\\u009b\\u202e\\u2028é👧"}');
    assert.deepEqual(JSON.parse(terminalJson(value)), value);
  });
});

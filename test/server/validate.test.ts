import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { checkAsk, checkPrepare, checkReadFile, checkSettings } from '../../server/checks/check-request.js';
import { MAX_QUESTION_UNITS } from '../../server/protocol.js';

const good = { text: 'some text', question: 'who?' };

const refused: [why: string, params: unknown, message: RegExp][] = [
  ['no params', undefined, /^params: found nothing, expected an object\.$/],
  ['an array', [1], /^params: found an array, expected an object/],
  ['neither text nor uri', { question: 'who?' }, /^text, uri: found neither/],
  ['both text and uri', { ...good, uri: 'file:///a' }, /^text, uri: found both/],
  ['text of another type', { text: 5, question: 'who?' }, /^text: found 5, expected a string/],
  ['uri of another type', { uri: {}, question: 'who?' }, /^uri: found an object, expected a string/],
  [
    'a uri that is none',
    { uri: 'not a uri', question: 'who?' },
    /^uri: found "not a uri", expected an absolute file: URI/,
  ],
  ['another scheme', { uri: 'https://example.org/a', question: 'who?' }, /^uri: found the scheme "https:"/],
  ['an untitled document', { uri: 'untitled:Untitled-1', question: 'who?' }, /^uri: found the scheme "untitled:"/],
  ['an encoded slash', { uri: 'file:///a%2Fb', question: 'who?' }, /^uri: "file:\/\/\/a%2Fb" is not the address/],
  ['no question', { text: 'x' }, /^question: found nothing, expected a string/],
  [
    'a question without a word',
    { ...good, question: ' ?! ' },
    /^question: found "\?!", expected a question with at least one word/,
  ],
  ['a blank question', { ...good, question: ' \n\t' }, /^question: found only white space/],
  ['a question of another type', { ...good, question: ['who?'] }, /^question: found an array, expected a string/],
  [
    'a very long question',
    { ...good, question: 'x'.repeat(MAX_QUESTION_UNITS + 1) },
    /^question: found 10001 characters/,
  ],
  ['a source of another type', { ...good, source: 1 }, /^source: found 1, expected a string/],
  ['a language of another type', { ...good, languageId: 7 }, /^languageId: found 7, expected a string/],
  ['a file name of another type', { ...good, fileName: ['a'] }, /^fileName: found an array, expected a string/],
  [
    'another way of reading',
    { ...good, options: { readAs: 'view' } },
    /^options\.readAs: found "view", expected one of/,
  ],
  ['a budget below 0', { ...good, budgetSeconds: -1 }, /^budgetSeconds: found -1, expected a number from 0 to 86400/],
  ['a range of another type', { ...good, range: 'all' }, /^range: found "all", expected an object/],
  ['a range without an end', { ...good, range: { start: 0 } }, /^range\.end: found nothing, expected an integer/],
  [
    'a negative start',
    { ...good, range: { start: -1, end: 2 } },
    /^range\.start: found -1, expected an integer, at least 0/,
  ],
  ['a fractional end', { ...good, range: { start: 0, end: 1.5 } }, /^range\.end: found 1\.5, expected an integer/],
  [
    'a range that runs backwards',
    { ...good, range: { start: 3, end: 2 } },
    /^range\.end: found 2, expected at least range\.start \(3\)/,
  ],
  ['a range beyond the text', { ...good, range: { start: 0, end: 10 } }, /^range\.end: found 10, expected at most 9/],
  ['options of another type', { ...good, options: 5 }, /^options: found 5, expected an object/],
  [
    'an unknown option',
    { ...good, options: { topk: 3 } },
    /^options\.topk: found an unknown option, expected one of topK,/,
  ],
  [
    'an inherited name',
    { ...good, options: JSON.parse('{"__proto__":1}') },
    /^options\.__proto__: found an unknown option/,
  ],
  ['topK 0', { ...good, options: { topK: 0 } }, /^options\.topK: found 0, expected an integer from 1 to 20/],
  ['topK 21', { ...good, options: { topK: 21 } }, /^options\.topK: found 21/],
  ['topK as text', { ...good, options: { topK: '5' } }, /^options\.topK: found "5"/],
  ['docStride -1', { ...good, options: { docStride: -1 } }, /^options\.docStride: found -1/],
  ['maxAnswerLength 0', { ...good, options: { maxAnswerLength: 0 } }, /^options\.maxAnswerLength: found 0/],
  [
    'noAnswerThreshold NaN',
    { ...good, options: { noAnswerThreshold: Number.NaN } },
    /^options\.noAnswerThreshold: found NaN, expected a finite number/,
  ],
  [
    'noAnswerThreshold as text',
    { ...good, options: { noAnswerThreshold: 'x' } },
    /^options\.noAnswerThreshold: found "x"/,
  ],
  [
    'a token of another type',
    { ...good, progressToken: {} },
    /^progressToken: found an object, expected a string or an integer/,
  ],
];

for (const [why, params, message] of refused) {
  test(`ask refuses ${why}`, () => {
    assert.throws(() => checkAsk(params), { code: 'BadRequest', message });
  });
}

test('a password is a text of at most 1000 characters, and part of no message', () => {
  assert.equal(checkReadFile({ uri: 'file:///a.pdf', password: 'x' }).file.password, 'x');
  assert.equal(checkReadFile({ uri: 'file:///a.pdf', password: null }).file.password, undefined);
  for (const password of [1234567, 'secret'.repeat(200)]) {
    assert.throws(
      () => checkAsk({ ...good, password }),
      ({ code, message }) =>
        code === 'BadRequest' && /^password: found /.test(message) && !/secret|1234567/.test(message),
    );
  }
  assert.throws(() => checkReadFile({ uri: 'https://example.com/a.pdf' }), { code: 'BadRequest' });
});

test('ask accepts everything valid, and null as "left out"', () => {
  const options = { topK: 1, docStride: 0, maxAnswerLength: 510, noAnswerThreshold: -3.5 };
  const document = { languageId: 'markdown', fileName: 'README.md' };
  const checked = checkAsk({
    ...good,
    ...document,
    source: 's',
    range: { start: 9, end: 9 },
    options,
    budgetSeconds: 30,
    progressToken: 'p',
    more: 1,
  });
  assert.deepEqual(checked, {
    source: 's',
    question: {
      text: 'some text',
      path: undefined,
      password: undefined,
      range: { start: 9, end: 9 },
      question: 'who?',
      options,
      budgetSeconds: 30,
      ...document,
      key: 's',
      soFar: true,
    },
    progressToken: 'p',
  });
  const nulls = checkAsk({
    ...good,
    uri: null,
    source: null,
    range: null,
    options: { topK: null },
    languageId: null,
    fileName: '',
    progressToken: null,
  });
  assert.deepEqual(nulls.question.options, { topK: undefined });
  assert.deepEqual([nulls.source, nulls.question.key, nulls.progressToken], [undefined, undefined, undefined]);
  // Who hears of no progress is computed no answers so far.
  assert.equal(nulls.question.soFar, false);
  assert.deepEqual([nulls.question.languageId, nulls.question.fileName], [undefined, undefined]);
});

test('ask converts a file URI into a path; its range is checked once the file has been read', () => {
  const uri = pathToFileURL('/some where/ä.txt').href;
  const checked = checkAsk({ uri, question: 'who?', range: { start: 0, end: 1e9 } });
  assert.equal(pathToFileURL(checked.question.path ?? '').href, uri);
  assert.equal(checked.question.text, undefined);
  assert.equal(checked.question.key, uri);
});

test('prepare may have no parameters', () => {
  assert.deepEqual(checkPrepare(undefined), {});
  assert.deepEqual(checkPrepare(null), {});
  assert.deepEqual(checkPrepare({ progressToken: 7 }), { progressToken: 7 });
  assert.throws(() => checkPrepare('x'), { code: 'BadRequest' });
  assert.throws(() => checkPrepare({ progressToken: [] }), { code: 'BadRequest', message: /^progressToken/ });
});

test('settings have defaults, and every field is checked', () => {
  const defaults = {
    modelPath: undefined,
    engine: 'auto',
    precision: 'auto',
    threads: 0,
    tensorRtPath: undefined,
    cacheFolder: undefined,
    idleUnloadMinutes: 10,
    languages: undefined,
    locale: undefined,
    remoteUrl: undefined,
    remoteModel: undefined,
    remoteToken: undefined,
    remoteProxy: undefined,
    remoteFallback: false,
  };
  assert.deepEqual(checkSettings(undefined), defaults);
  assert.deepEqual(checkSettings({ modelPath: '', unknown: true }), defaults);
  const wrong: [object, RegExp][] = [
    [{ modelPath: 1 }, /^modelPath: found 1/],
    [{ engine: 'gpu' }, /^engine: found "gpu", expected one of auto, cpu, tensorrt, tensorrt-rtx/],
    [{ precision: 'fp4' }, /^precision: found "fp4", expected one of auto, fp32, fp16, bf16, int8, fp8/],
    [{ threads: 1.5 }, /^threads: found 1.5/],
    [{ threads: 5000 }, /^threads: found 5000/],
    [{ idleUnloadMinutes: -1 }, /^idleUnloadMinutes: found -1/],
    [{ idleUnloadMinutes: 'never' }, /^idleUnloadMinutes: found "never"/],
    [{ tensorRtPath: 5 }, /^tensorRtPath: found 5/],
    [{ cacheFolder: false }, /^cacheFolder: found false/],
    [{ cacheFolder: 'file:///tmp' }, /^cacheFolder: found "file:\/\/\/tmp", expected an absolute path/],
    [{ cacheFolder: 'cache' }, /^cacheFolder: found "cache", expected an absolute path/],
    [{ locale: 5 }, /^locale: found 5/],
    [{ remoteUrl: 5 }, /^remoteUrl: found something else, expected a string/],
    [{ remoteToken: { secret: 1 } }, /^remoteToken: found something else, expected a string/],
    [{ remoteModel: 5 }, /^remoteModel: found 5/],
    [{ remoteFallback: 'yes' }, /^remoteFallback: found "yes", expected true or false/],
    [{ languages: 'x' }, /^languages: found "x"/],
    [{ languages: { x: 1 } }, /^languages\.x: found 1/],
  ];
  for (const [settings, message] of wrong) {
    assert.throws(() => checkSettings(settings), { code: 'BadRequest', message });
  }
});

/** The language of short texts, which models read which, and what is said when they differ. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { modelLanguages } from '../../../server/model/languages.js';
import type { AskResult } from '../../../server/protocol.js';
import { checkLanguage } from '../../../server/session/language-check.js';
import { languageName, languageOf } from '../../../server/text/language.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-language-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('the language of a text', () => {
  const texts: Record<string, readonly string[]> = {
    en: ['When does the term end?', 'The tenant shall pay the rent on the first day of each month.'],
    de: ['Wann endet die Kündigungsfrist?', 'Der Mieter zahlt die Miete am ersten Tag jedes Monats.'],
    fr: ['Quand se termine le bail pour ce logement ?', 'Le locataire paie le loyer le premier jour de chaque mois.'],
    es: ['¿Quién paga las reparaciones de la casa?', 'El inquilino paga la renta el primer día de cada mes.'],
    it: ['Il conduttore paga il canone il primo giorno di ogni mese.'],
    pl: ['Kiedy kończy się umowa najmu lokalu?'],
    ru: ['Когда заканчивается договор аренды?'],
    ja: ['契約はいつ終了しますか。'],
  };
  for (const [code, all] of Object.entries(texts)) {
    it(`is found: ${code}`, async () => {
      for (const text of all) assert.equal(await languageOf(text), code, text);
    });
  }

  it('stays undecided for short texts, names, numbers and commands', async () => {
    for (const text of [
      '',
      'port 8080',
      'Owen Tregarth',
      'Wer zahlt?',
      'EUR 4.850,00',
      'x'.repeat(5000),
      '0123 '.repeat(900),
    ]) {
      assert.equal(await languageOf(text), undefined, text);
    }
  });

  it('English code, logs and licences are never another language', async () => {
    for (const text of [
      'def upload(queue): return queue.retry(3)',
      'ERROR worker 7 timeout after 30 s, retrying',
      'npm install --save-dev esbuild',
      'Apache License Version 2.0, January 2004',
      'Invoice no. 4711, due 2026-03-01, total EUR 4,850',
    ]) {
      assert.ok([undefined, 'en'].includes(await languageOf(text)), text);
    }
  });

  it('a language that is expected is preferred where two are nearly as likely', async () => {
    const text = 'Jeg kan ikke finde kontrakten i mappen her i dag.';
    const found = await languageOf(text);
    assert.ok(found === 'da' || found === 'no', found);
    assert.equal(await languageOf(text, ['da']), 'da');
    assert.equal(await languageOf(text, ['no']), 'no');
    assert.equal(await languageOf(text, ['en']), found);
  });

  it('has a name in the display language; an unknown code is its own', () => {
    assert.equal(languageName('de', 'en'), 'German');
    assert.equal(languageName('en', 'de'), 'Englisch');
    assert.equal(languageName('?', 'en'), '?');
  });
});

describe('the languages of a model', () => {
  const model = (name: string, files: Record<string, string>) => {
    const where = path.join(folder, name);
    mkdirSync(where, { recursive: true });
    for (const [file, content] of Object.entries(files)) writeFileSync(path.join(where, file), content);
    return where;
  };

  it('those of its configuration, then those of its card', () => {
    const card = '---\nlanguage: de\nlicense: mit\n---\n# A model\n';
    const own = JSON.stringify({ ask_bert: { languages: ['en', 'fr'] } });
    assert.deepEqual(modelLanguages(model('a', { 'config.json': own, 'README.md': card })), ['en', 'fr']);
    assert.deepEqual(modelLanguages(model('b', { 'config.json': '{}', 'README.md': card })), ['de']);
    const list = '---\r\nlanguage:\r\n- de\r\n- "en"\r\n---\r\n';
    assert.deepEqual(modelLanguages(model('c', { 'README.md': list })), ['de', 'en']);
    assert.deepEqual(modelLanguages(model('d', { 'README.md': '---\nlanguage: [de, en]\n---\n' })), ['de', 'en']);
  });

  it('the embedded model reads English, by its vocabulary, whatever its line ends', () => {
    assert.deepEqual(modelLanguages('models/default'), ['en']);
    const copy = model('e', {});
    cpSync('models/default/vocab.txt', path.join(copy, 'vocab.txt'));
    assert.deepEqual(modelLanguages(copy), ['en']);
  });

  it('nothing is known of others, or of damaged files', () => {
    for (const [name, files] of Object.entries({
      f: {},
      g: { 'README.md': '---\nlanguage: multilingual\n---\n', 'vocab.txt': '[PAD]\na\n' },
      h: { 'config.json': '{', 'README.md': '# language: de\n' },
      i: { 'config.json': '{"ask_bert": {"languages": "en"}}' },
      j: { 'config.json': '{"ask_bert": {"languages": [7]}}' },
    })) {
      assert.equal(modelLanguages(model(name, files)), undefined, name);
    }
    assert.equal(modelLanguages(path.join(folder, 'missing')), undefined);
  });
});

describe('another language than the model reads', () => {
  const result = (question: string): AskResult => ({
    question,
    answers: [
      {
        ...{ text: 'Miete', start: 17, end: 22, line: 0, character: 17, endLine: 0, endCharacter: 22 },
        ...{ score: 9, margin: 9, probability: 0.91, grade: 'sure' },
      },
    ],
    noAnswer: { score: 0, probability: 0.02, chosen: false, threshold: 0 },
    engine: { name: 'cpu', device: 'd', model: 'm', precision: 'fp32' },
    timing: { tokenizeMs: 0, engineMs: 0, projectMs: 0, totalMs: 0, windows: 1 },
    warnings: [],
  });
  const german = 'Der Mieter zahlt die Miete am ersten Tag jedes Monats.';
  const english = 'The tenant shall pay the rent on the first day of each month.';
  const question = 'When is the rent to be paid?';

  it('of the text: answers are guesses, and a warning names both languages', async () => {
    const checked = await checkLanguage(result(question), { text: german, question }, ['en']);
    assert.deepEqual(
      checked.answers.map(({ grade }) => grade),
      ['guess'],
    );
    assert.deepEqual(checked.otherLanguage, { found: 'de', languages: ['en'] });
    assert.deepEqual(checked.warnings, [
      {
        code: 'OtherLanguage',
        message: 'The text looks German, but the model reads English: its answers are guesses.',
      },
    ]);
  });

  it('of the question alone', async () => {
    const asked = 'Wann ist die Miete zu bezahlen?';
    const checked = await checkLanguage(result(asked), { text: english, question: asked }, ['en']);
    assert.match(checked.warnings[0].message, /^The question looks German/);
  });

  it('nothing is said where the model reads it, where its languages are not known, and of a short text', async () => {
    for (const [text, languages] of [
      [english, ['en']],
      [german, ['de', 'en']],
      [german, undefined],
      ['Miete: 900', ['en']],
    ] as const) {
      const given = result(question);
      assert.deepEqual(await checkLanguage(given, { text, question }, languages), given);
    }
  });

  it('only the part that is asked about counts', async () => {
    const text = `${english}\n${german}`;
    const range = { start: 0, end: english.length };
    const { warnings } = await checkLanguage(result(question), { text, range, question }, ['en']);
    assert.deepEqual(warnings, []);
  });
});

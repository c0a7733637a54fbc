/** Questions from beginning to end with models of other families, whose weights are random: places, not answers, count. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CpuEngine } from '../../../server/engine/cpu/cpu-engine.js';
import { readModelConfig } from '../../../server/model/config.js';
import { modelLanguages } from '../../../server/model/languages.js';
import { readModelTokenizer } from '../../../server/model/model-tokenizer.js';
import { ModelWeights } from '../../../server/model/weights.js';
import type { AskResult } from '../../../server/protocol.js';
import type { AskRequest } from '../../../server/reader/request.js';
import { checkLanguage } from '../../../server/session/language-check.js';
import { readerOf } from '../../../server/session/load-reader.js';
import { stemOf, stemsOfQuestion } from '../../../server/text/stems.js';
import { viewOf } from '../../../server/views/choose-view.js';
import { fixture } from '../model/model-fixtures.js';

const GERMAN = `# Die Stadt

Der König gründete 1931 eine große Stadt im Norden des Landes.  Seine Tochter, die erste Königin, eröffnete
die Brücke über den Fluss zwei Jahre später.

## Der Krieg

- Er endete 1945.
- Die Menschen kehrten zurück, und die Brücke wurde wieder aufgebaut.

| Ort | Einwohner |
|-----|-----------|
| Köln | 1 084 000 |
`;
const JAPANESE = '東京は日本の首都です。人口は千四百万人です。\n\n橋は1931年に建てられました。';

async function answersOf(family: string, request: AskRequest): Promise<AskResult> {
  const config = readModelConfig(fixture(`../families/${family}`));
  const engine = await CpuEngine.create(new ModelWeights(config), { precision: 'fp32', threads: 1 });
  const reader = readerOf(config, readModelTokenizer(config), engine, (text, kind) => viewOf(text, kind));
  try {
    return await reader.answer(request);
  } finally {
    await engine.close();
  }
}

for (const family of ['distilbert', 'electra', 'roberta', 'xlm-roberta']) {
  describe(`a model of ${family}`, () => {
    for (const [name, text, question] of [
      ['German', GERMAN, 'Wann endete der Krieg?'],
      ['Japanese', JAPANESE, '橋はいつ建てられましたか?'],
      [
        'English with much space',
        'The  king\n\n\n  built \t a city .\r\n\r\n Who   knows when ?  ',
        'who built the city',
      ],
    ]) {
      it(`answers a question about a text: ${name}`, async () => {
        for (const file of [undefined, 'text.md']) {
          const result = await answersOf(family, { question, text, fileName: file, options: { topK: 20 } });
          assert.ok(result.answers.length > 0);
          for (const answer of result.answers) {
            assert.equal(answer.text, text.slice(answer.start, answer.end));
            assert.equal(answer.text, answer.text.trim());
            assert.notEqual(answer.text, '');
          }
        }
      });
    }
  });
}

describe('languages', () => {
  const request = { question: 'Wann endete der Krieg?', text: GERMAN.repeat(3) };

  it('of a multilingual family are not warned of; the embedded model says that it reads English', async () => {
    const folder = fixture('../families/xlm-roberta');
    const result = await answersOf('xlm-roberta', request);
    assert.deepEqual((await checkLanguage(result, request, modelLanguages(folder))).warnings, result.warnings);
    const warned = await checkLanguage(result, request, modelLanguages('models/default'));
    assert.match(warned.warnings.at(-1)!.message, /looks German, but the model reads English/);
  });

  it('that are many are counted, not named', async () => {
    const result = await answersOf('xlm-roberta', request);
    const others = modelLanguages(fixture('../families/xlm-roberta'))!.filter((code) => code !== 'de');
    const { warnings } = await checkLanguage(result, request, others);
    assert.ok(warnings.at(-1)!.message.includes(`reads ${others.length} others`), warnings.at(-1)!.message);
  });

  it('have words that say nothing: a question is about the others', () => {
    const stems = (words: string) => words.split(' ').map(stemOf);
    assert.deepEqual(stemsOfQuestion('Wann wurde die Brücke gebaut?'), stems('brücke gebaut'));
    assert.deepEqual(stemsOfQuestion('¿Quién es el rey?'), stems('rey'));
    assert.deepEqual(stemsOfQuestion('Où est la gare?'), stems('gare'));
    assert.deepEqual(stemsOfQuestion('who is the king'), stems('king'));
    assert.deepEqual(stemsOfQuestion('橋はいつ')[0], stemOf('橋'));
  });
});

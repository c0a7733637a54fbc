/** Translations say all that the English texts say, and leave everything else unchanged. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

const root = path.resolve();
type Texts = Record<string, string>;
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const texts = (file: string): Texts => JSON.parse(read(file));

/** English file, how its translations are called, what reads the same in every language. */
const SETS: { english: string; folder: string; pattern: RegExp; same: string[] }[] = [
  {
    english: 'package.nls.json',
    folder: '.',
    pattern: /^package\.nls\.([\w-]+)\.json$/,
    same: ['Ask BERT'],
  },
  {
    english: 'l10n/bundle.l10n.json',
    folder: 'l10n',
    pattern: /^bundle\.l10n\.([\w-]+)\.json$/,
    same: [
      'Ask BERT: {0}',
      'Engine',
      'Engine: {0}, {1}',
      'GPU',
      '{0}, {1}',
      '{0}: {1}',
      '{0} h {1} min',
      '{0} min {1} s',
      '{0} ms',
      '{0} ms (p50 {1} ms, p95 {2} ms)',
      '{0} s',
    ],
  },
];

/** Descriptions that language models read, not people: all of what a tool and its input say is English, see src/lm/. */
const FOR_MODELS = /^tool\.(\w+\.model|input\.\w+)$/;

/** What a translation must keep, each as often as it stands in the English text. */
const KEPT: [what: string, pattern: RegExp][] = [
  ['placeholders', /\{[\w]+\}|%s|\$\([\w~-]+\)/g],
  ['links', /\]\([^)]*\)/g],
  ['code', /`[^`]*`/g],
  ['flags', /(?<![\w-])--[a-z][a-z-]*/g],
  ['names of settings', /askBert\.[\w.]*\w/g],
  ['numbers', /\d+/g],
  ['line breaks', /\n/g],
  ['blanks at the edges', /^\s+|\s+$/g],
  ['the end of the sentence', /(\.\.\.|[.:])$/g],
];
const found = (pattern: RegExp, text: string) => (text.match(pattern) ?? []).sort();

/** What only a language can tell. */
const STYLE: Record<string, (text: string) => string | undefined> = {
  de: (text) => {
    if (/(?<![-\w])(du|dich|dir|dein\w*)\b/i.test(text)) return 'people are addressed by "Sie"';
    if (found(/„/g, text).length !== found(/“/g, text).length) return 'quotes do not match';
    if (/[”’]/.test(text)) return 'a quote of another language';
    return undefined;
  },
};

for (const { english, folder, pattern, same } of SETS) {
  const original = texts(english);
  const languages = readdirSync(path.join(root, folder)).flatMap((name) => pattern.exec(name)?.[1] ?? []);

  describe(`translations of ${english}`, () => {
    it('German exists, and each translation is where VS Code looks and is required in the package', () => {
      assert.ok(languages.includes('de'));
      assert.equal(JSON.parse(read('package.json')).l10n, './l10n');
      for (const language of languages) {
        const file = english.replace('.json', `.${language}.json`);
        assert.ok(read('scripts/package.mjs').includes(`'${file}'`), file);
      }
    });

    for (const language of languages) {
      const translated = texts(path.join(folder, path.basename(english).replace('.json', `.${language}.json`)));

      it(`${language}: has every text, and no other`, () => {
        assert.deepEqual(Object.keys(translated).sort(), Object.keys(original).sort());
      });

      it(`${language}: every text is translated`, () => {
        for (const [key, text] of Object.entries(translated)) {
          assert.ok(text.trim().length > 0, key);
          if (FOR_MODELS.test(key)) assert.equal(text, original[key]);
          else if (!same.includes(original[key])) assert.notEqual(text, original[key]);
        }
      });

      for (const [what, kept] of KEPT) {
        it(`${language}: keeps ${what}`, () => {
          for (const [key, text] of Object.entries(translated)) {
            assert.deepEqual(found(kept, text), found(kept, original[key]), `${original[key]}\n${text}`);
          }
        });
      }

      it(`${language}: is written in the style of the language`, () => {
        for (const [key, text] of Object.entries(translated)) {
          if (!FOR_MODELS.test(key)) assert.equal(STYLE[language]?.(text), undefined, text);
        }
      });
    }
  });
}

describe('texts for people', () => {
  const sources = (folder: string) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => path.join(folder, file));

  /** Lines of source code with a literal where only a translated text may stand. */
  function literals(files: string[], where: RegExp): string[] {
    return files.flatMap((file) => {
      const lines = read(file).split('\n');
      return lines.flatMap((line, i) => (where.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : []));
    });
  }

  it('of the extension are never literals', () => {
    const messages =
      /(?:show(?:Information|Warning|Error)Message|setStatusBarMessage)\((?:\w+\()?\s*(?:'|"|`(?!Ask BERT: \$\{))/;
    const properties =
      /\b(?:title|label|description|detail|tooltip|prompt|placeHolder|placeholder|openLabel|saveLabel|ariaLabel)(?::| =) (?!'Ask BERT'|`Ask BERT: \$\{|[`'"][^A-Za-z]*[`'"])[`'"][^$]*[A-Za-z]{2}/;
    assert.deepEqual(literals(sources('src'), messages), []);
    assert.deepEqual(literals(sources('src'), properties), []);
  });

  it('of the command line are never literals', () => {
    const files = [...sources('server/cli'), 'server/cli/main.ts'];
    assert.deepEqual(literals(files, /\bdescribe:\s*['"`]|(?:progressBar|demandCommand)\((?:\d, )?['"`]/), []);
  });

  it('of errors are never literals', () => {
    const files = sources('server');
    assert.deepEqual(
      literals(files, /new AskBertError\('\w+', (?:'[^']|`(?!(?:\$\{file\} )?\$\{fault\}|\$\{file\}:))/),
      [],
    );
    // What those put together of a file, an address or nothing and a fault.
    assert.deepEqual(literals(files, /\b(?:failed|refused|unreadable)\((?:file, |where, )?['`][^)]*[a-z] /), []);
    // What was found, and what was expected, of a field.
    assert.deepEqual(literals([...files, 'src/api.ts'], /\bbad\(.*, ['`](?:[^'`]*[a-z] [a-z]|[a-z]+['`])/), []);
  });

  it('of pages come from the extension', () => {
    const pages = readdirSync(path.join(root, 'media')).filter((name) => /\.(html|js)$/.test(name));
    assert.ok(pages.length >= 2);
    for (const name of pages) {
      const page = read(path.join('media', name));
      if (name.endsWith('.html')) {
        const words = page.replace(/<[^>]*>|\{\{\w+\}\}|Ask BERT/g, ' ').trim();
        assert.equal(words, '', name);
      }
      const attributes =
        /(?:title|alt|placeholder|aria-label)(?:="|', ')(?!\{\{)[^"']*[A-Za-z]|textContent = ['"`][^'"`]*[A-Za-z]/;
      assert.doesNotMatch(page, attributes, name);
    }
  });

  it('of package.json are in package.nls.json', () => {
    const names = [
      'title',
      'shortTitle',
      'category',
      'description',
      'markdownDescription',
      'contents',
      'name',
      'label',
      'altText',
      'displayName',
      'userDescription',
      'deprecationMessage',
      'markdownDeprecationMessage',
      'enumDescriptions',
      'markdownEnumDescriptions',
      'enumItemLabels',
      'patternErrorMessage',
      'errorMessage',
    ];
    const wrong: string[] = [];
    const check = (value: unknown, place: string): void => {
      if (typeof value === 'string') {
        if (!/^%[\w.]+%$/.test(value) && value !== 'Ask BERT') wrong.push(`${place}: ${value}`);
      } else if (Array.isArray(value)) value.forEach((each, i) => void check(each, `${place}[${i}]`));
    };
    const walk = (value: unknown, place: string): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        // The name of a tool is for the program, and may be no other.
        const isText = names.includes(key) && !(key === 'name' && place.includes('.languageModelTools.'));
        if (isText) check(inner, `${place}.${key}`);
        walk(inner, `${place}.${key}`);
      }
    };
    const manifest = JSON.parse(read('package.json'));
    walk(manifest.contributes, 'contributes');
    walk(manifest.capabilities, 'capabilities');
    assert.deepEqual(wrong, []);
  });
});

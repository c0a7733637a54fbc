/** Plain English in code, messages and documents, and comments that fit into 120 columns. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

/** Files and folders whose words are checked. */
const TEXTS = [
  'src',
  'server',
  'webview',
  'native/src',
  'scripts',
  'test',
  'training',
  'bench',
  'l10n/bundle.l10n.json',
  'package.nls.json',
  'README.md',
  'CONTRIBUTING.md',
  'docs',
];
/** Folders whose comments are measured. */
const COMMENTED = ['src', 'server', 'webview', 'native/src'];
/** Texts of others that tests read, and this file with its bad examples. */
const OTHERS = /^test\/(?:documents|records|fixtures)\/|\/wording\.test\.ts$/;
/** Generated from Unicode. */
const TABLES = 'server/tokenizer/unicode/tables.ts';
const COLUMNS = 120;

const FOREIGN: readonly [pattern: RegExp, instead: string][] = [
  [/\banew\b/i, 'again'],
  [/\bwhoever\b/i, 'the actor'],
  [/\bof now\b/i, 'current'],
  [/\bseldom\b/i, 'rarely'],
  [/(?<!\bthere )\b(?:is|are) no (?!longer\b)/i, '"is not a", "are not"'],
];
const COMMENT = /^\s*(?:\/\/|\*|\/\*)/;

/** Foreign phrases of a text, as `line: phrase, better: ...`. */
function foreignIn(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, i) =>
      FOREIGN.filter(([pattern]) => pattern.test(line)).map(
        ([pattern, instead]) => `${i + 1}: ${pattern.exec(line)![0].trim()}, better: ${instead}`,
      ),
    );
}

/** Numbers of the lines whose comments are wider than {@link COLUMNS}. */
function wideIn(text: string): number[] {
  return text.split('\n').flatMap((line, i) => (line.length > COLUMNS && COMMENT.test(line) ? [i + 1] : []));
}

function filesOf(name: string): string[] {
  if (!statSync(name).isDirectory()) return [name];
  return (readdirSync(name, { recursive: true }) as string[])
    .map((file) => path.posix.join(name, file.replaceAll(path.sep, '/')))
    .filter((file) => /\.(ts|mjs|cc|h|md|py)$/.test(file) && !OTHERS.test(file));
}

describe('plain English', () => {
  it('foreign phrases are found, natural ones are not', () => {
    const bad = [
      'built anew',
      'Whoever asks',
      'the text of now',
      'Seldom used',
      'it is no folder',
      'they are no files',
    ];
    assert.deepEqual(
      bad.map((line) => foreignIn(line).length),
      bad.map(() => 1),
    );
    assert.deepEqual(foreignIn('there is no file\nThere are no files\nit is no longer open\nit is not a folder'), []);
    assert.deepEqual(wideIn(`// ${'x'.repeat(120)}\n// ${'x'.repeat(117)}\nconst a = '${'x'.repeat(120)}';`), [1]);
  });

  for (const name of TEXTS) {
    it(`${name} has no foreign phrases`, () => {
      const files = filesOf(name);
      assert.ok(files.length > 0);
      const found = files.flatMap((file) => foreignIn(readFileSync(file, 'utf8')).map((fault) => `${file}:${fault}`));
      assert.deepEqual(found, []);
    });
  }

  for (const name of COMMENTED) {
    it(`comments of ${name} fit into ${COLUMNS} columns`, () => {
      const files = filesOf(name).filter((file) => file !== TABLES);
      assert.deepEqual(
        files.flatMap((file) => wideIn(readFileSync(file, 'utf8')).map((line) => `${file}:${line}`)),
        [],
      );
    });
  }
});

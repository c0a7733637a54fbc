/** Everything that is done with a text in time in proportion to its length, by name. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { walkFolder } from '../../server/documents/find-files.js';
import { parseQuestionSet } from '../../server/documents/question-set.js';
import { AskBertError } from '../../server/errors.js';
import { sentenceAround } from '../../server/reader/sentence.js';
import { WordIndex } from '../../server/reader/word-index.js';
import { plainView } from '../../server/views/base/view-builder.js';
import { viewOf } from '../../server/views/choose-view.js';
import { languages } from '../../server/views/code/languages.js';
import { engineOf, readerWith, tokenizer } from '../unit/helpers/fake-engine.js';
import type { Work } from './measure.js';

export interface Subject {
  name: string;
  work: Work;
  /** Whose fragments it is fed. */
  alphabet: string;
  /** Units of the sizes that are compared. */
  sizes: readonly number[];
  /** Makes what the work is given, where that is not a text. */
  make?: (size: number) => string;
}

/** UTF-16 units, which are bytes in most inputs. */
export const SIZES = [100_000, 200_000, 400_000, 800_000];

const IDS =
  'markdown html vue xml json yaml toml properties ini csv tsv latex restructuredtext asciidoc org diff dockerfile troff log subtitle mail rfc plaintext'.split(
    ' ',
  );
/** What looks like a chat is read as one. */
const CHAT = '[10:00] Ann: one\n[10:01] Bob: two\n[10:02] Ann: three\n[10:03] Bob: four\n[10:04] Ann: five\n';
const MAN = '.TH A 1\n.SH NAME\n';
const RFC = 'Network Working Group\nRequest for Comments: 1\n\n\n';

const text = (name: string, work: Work, alphabet = name, sizes = SIZES): Subject => ({ name, work, alphabet, sizes });

export const views: Subject[] = [
  ...IDS.map((id) => text(id, (input) => viewOf(input, { languageId: id }))),
  ...Object.keys(languages)
    .filter((id) => !IDS.includes(id))
    .map((id) => text(id, (input) => viewOf(input, { languageId: id }))),
  text('jupyter', (input) => viewOf(input, { fileName: 'a.ipynb' })),
  text('chat', (input) => viewOf(CHAT + input, { languageId: 'plaintext' }), 'chat'),
  text('man page', (input) => viewOf(MAN + input, {}), 'troff'),
  text('rfc by text', (input) => viewOf(RFC + input, {}), 'plaintext'),
];

/** Scores by the identifier alone: spans that begin and end anywhere, some over whole windows. */
const anywhere = engineOf((id, segment) => (segment === 1 ? { start: (id * 7919) % 23, end: (id * 104_729) % 19 } : 0));

/** The answer to a question: view, pieces, words, spans, their edges, sentences and places. */
const answered =
  (fileName: string): Work =>
  (input) =>
    readerWith(anywhere).answer({ text: input, fileName, question: 'Which port is open on the server?' });

/** Sentences around places of every length, the whole text among them. */
function sentences(input: string): void {
  for (const share of [0, 0.001, 0.01, 0.1, 0.4]) {
    const at = Math.floor(input.length / 2);
    const reach = Math.floor(input.length * share);
    for (const kind of ['paragraph', 'code'] as const) {
      sentenceAround(input, { start: 0, end: input.length, kind }, { start: at - reach, end: at + reach + 1 });
    }
  }
}

/** Anything that is not a question set is refused; other errors are thrown. */
function questions(input: string): void {
  try {
    parseQuestionSet(input, 'questions.yaml');
  } catch (error) {
    if (!(error instanceof AskBertError)) throw error;
  }
}

export const steps: Subject[] = [
  text('tokenise', (input) => tokenizer.encode(input), 'plaintext'),
  text('index words', (input) => WordIndex.of(plainView(input)), 'plaintext'),
  text('sentences', sentences, 'plaintext'),
  text('question set', questions, 'yaml'),
  text('answer, plain text', answered('a.txt'), 'plaintext'),
  text('answer, Markdown', answered('a.md'), 'markdown'),
  text('answer, log', answered('a.log'), 'log'),
  text('answer, code', answered('a.rs'), 'rust'),
];

/** Folders for a walk, by about the units of all their paths together; the caller removes them. */
export const trees: Record<string, (entries: number) => string> = {
  'one below the other': (units) =>
    tree((root) => {
      let at = root;
      for (let i = 0; i < Math.sqrt(units); i++) {
        at += '/d';
        mkdirSync(at);
      }
      writeFileSync(`${at}/a.txt`, 'x');
    }),
  'each with rules': (units) =>
    tree((root) => {
      let at = root;
      for (let i = 0; i < Math.sqrt(units); i++) {
        at += '/d';
        mkdirSync(at);
        writeFileSync(`${at}/.gitignore`, `*.${i}\n`);
        writeFileSync(`${at}/a.txt`, 'x');
      }
    }),
  'side by side': (units) =>
    tree((root) => {
      for (let i = 0; i < units / 250; i++) {
        mkdirSync(`${root}/d${i}`);
        writeFileSync(`${root}/d${i}/a.txt`, 'x');
      }
    }),
};

function tree(fill: (root: string) => void): string {
  const root = mkdtempSync(path.join(os.tmpdir(), 'ask-bert-growth-'));
  fill(root);
  return root;
}

export const walk = (root: string): Promise<unknown> => walkFolder(root);
export const remove = (root: string): void => rmSync(root, { recursive: true, force: true });

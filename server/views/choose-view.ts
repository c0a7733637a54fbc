/** Which view a document is read through: by the editor's language identifier, else by the name of its file. */

import type { ReadingView } from './base/reading-view.js';
import { plainView } from './base/reading-view.js';
import type { Records } from './base/records.js';
import { codeView } from './code/code.js';
import type { EditorLanguages } from './code/editor-languages.js';
import { languageIds, languageOfFile } from './code/languages.js';
import { jsonView } from './data/json.js';
import { propertiesView } from './data/properties.js';
import { tomlView } from './data/toml.js';
import { yamlView } from './data/yaml.js';
import { asciidocView } from './markup/asciidoc.js';
import { componentView, htmlView } from './markup/html.js';
import { latexView } from './markup/latex.js';
import { markdownView } from './markup/markdown.js';
import { notebookView } from './markup/notebook.js';
import { rstView } from './markup/rst.js';
import { chatView, looksLikeChat } from './records/chat.js';
import { logView, looksLikeLog } from './records/log.js';
import { looksLikeMail, mailView } from './records/mail.js';
import { looksLikeSubtitles, subtitleView } from './records/subtitles.js';
import { csvRecords, csvView, tsvRecords, tsvView } from './tables/csv.js';
import { plainTextView } from './text/plain.js';

export interface DocumentKind {
  /** VS Code's language identifier. */
  languageId?: string | undefined;
  /** Name or path of the file; its extension tells when there is no language. */
  fileName?: string | undefined;
}

type MakeView = (text: string) => ReadingView;

interface Kind {
  view: MakeView;
  /** Of a format whose documents can be so long that only some of their records are read. */
  records?: (text: string) => Records;
  /** Identifiers under which editors know it; the first is the usual one. */
  ids: string[];
  /** File extensions, for documents without a language. */
  extensions: string[];
}

const kinds: Kind[] = [
  { view: markdownView, ids: ['markdown', 'mdx', 'quarto'], extensions: ['md', 'markdown', 'mdx', 'qmd'] },
  { view: htmlView, ids: ['html'], extensions: ['html', 'htm', 'xhtml'] },
  { view: componentView, ids: ['vue', 'svelte'], extensions: ['vue', 'svelte'] },
  { view: notebookView, ids: ['jupyter'], extensions: ['ipynb'] },
  {
    view: jsonView,
    ids: ['json', 'jsonc', 'json5', 'jsonl', 'geojson'],
    extensions: ['json', 'jsonc', 'json5', 'jsonl', 'geojson'],
  },
  { view: yamlView, ids: ['yaml', 'dockercompose', 'yml'], extensions: ['yaml', 'yml'] },
  { view: tomlView, ids: ['toml'], extensions: ['toml'] },
  { view: (text) => propertiesView(text, true), ids: ['properties'], extensions: ['properties'] },
  {
    view: (text) => propertiesView(text),
    ids: ['ini', 'dotenv', 'editorconfig', 'desktop'],
    extensions: ['ini', 'cfg', 'env'],
  },
  { view: csvView, records: csvRecords, ids: ['csv'], extensions: ['csv'] },
  { view: tsvView, records: tsvRecords, ids: ['tsv'], extensions: ['tsv', 'tab'] },
  { view: latexView, ids: ['latex', 'tex'], extensions: ['tex'] },
  { view: rstView, ids: ['restructuredtext'], extensions: ['rst'] },
  { view: asciidocView, ids: ['asciidoc', 'asciidoctor'], extensions: ['adoc', 'asciidoc'] },
  { view: logView, ids: ['log'], extensions: ['log'] },
  { view: subtitleView, ids: ['subtitle', 'srt', 'vtt', 'subrip', 'webvtt'], extensions: ['srt', 'vtt'] },
  { view: mailView, ids: ['mail', 'eml', 'email'], extensions: ['eml', 'mbox', 'mbx'] },
  { view: textView, ids: ['plaintext'], extensions: ['txt', 'text'] },
];

/** Text whose name does not tell what it is: what it clearly looks like. */
function textView(text: string): ReadingView {
  if (looksLikeMail(text)) return mailView(text);
  if (looksLikeSubtitles(text)) return subtitleView(text);
  if (looksLikeChat(text)) return chatView(text);
  if (looksLikeLog(text)) return logView(text);
  return plainTextView(text);
}

/** By language identifier; the formats above come before the programming languages' table, which knows some of them too. */
const views = new Map<string, MakeView>([
  ...languageIds.map((id): [string, MakeView] => [id, (text) => codeView(text, id)]),
  ...kinds.flatMap(({ view, ids }) => ids.map((id): [string, MakeView] => [id, view])),
]);

const byExtension = new Map(kinds.flatMap(({ ids, extensions }) => extensions.map((name) => [name, ids[0]])));

const records = new Map(kinds.flatMap((kind) => kind.ids.map((id) => [id, kind.records] as const)));

/** The language that a document is read as: the editor's, unless it is none, else by the file's name. */
function languageOf({ languageId = '', fileName = '' }: DocumentKind): string {
  const extension = /\.([^./\\]*)$/.exec(fileName)?.[1].toLowerCase() ?? '';
  const byName = byExtension.get(extension) ?? languageOfFile(fileName);
  // Editors call a notebook's file JSON, and what they do not know plain text.
  if (views.has(languageId) && languageId !== 'plaintext' && byName !== 'jupyter') return languageId;
  return byName ?? 'plaintext';
}

/** Called with what a view threw: a defect of that view. */
export type OnViewFailure = (error: unknown, kind: DocumentKind) => void;

/**
 * @param others languages that only the editor knows
 * @param onFailure is told what a view throws, and the text is then read as it stands; without it the error is thrown on
 */
export function viewOf(
  text: string,
  kind: DocumentKind,
  others?: EditorLanguages,
  onFailure?: OnViewFailure,
): ReadingView {
  try {
    const language = languageOf(kind);
    const { languageId = '' } = kind;
    const syntax = language === 'plaintext' ? others?.syntaxOf(languageId) : undefined;
    if (syntax) return codeView(text, languageId, syntax);
    return (views.get(language) ?? textView)(text);
  } catch (error) {
    if (!onFailure) throw error;
    onFailure(error, kind);
    return plainView(text);
  }
}

/** The document by its records, if it has any; undefined: it is read as a whole. */
export function recordsOf(text: string, kind: DocumentKind): Records | undefined {
  return records.get(languageOf(kind))?.(text);
}

/** Which view a document is read through: by the editor's language identifier, otherwise by the name of its file. */

import type { Extracted } from '../formats/extracted.js';
import type { ReadingView } from './base/reading-view.js';
import type { Records } from './base/records.js';
import { plainView } from './base/view-builder.js';
import { codeView } from './code/code.js';
import { dockerfileView } from './code/dockerfile.js';
import type { EditorLanguages } from './code/editor-languages.js';
import { languageIds, languageOfFile } from './code/languages.js';
import { jsonView } from './data/json.js';
import { jsonLinesRecords } from './data/json-lines.js';
import { propertiesView } from './data/properties.js';
import { tomlView } from './data/toml.js';
import { yamlView } from './data/yaml.js';
import { extractedView } from './extracted.js';
import { asciidocView } from './markup/asciidoc.js';
import { componentView, htmlView } from './markup/html.js';
import { latexView } from './markup/latex.js';
import { isManSource, manView } from './markup/man.js';
import { markdownView } from './markup/markdown.js';
import { notebookView } from './markup/notebook.js';
import { orgView } from './markup/org.js';
import { rstView } from './markup/rst.js';
import { xmlView } from './markup/xml.js';
import { chatRecords, chatView, looksLikeChat } from './records/chat.js';
import { logRecords, logView, looksLikeLog } from './records/log.js';
import { looksLikeMail, mailView } from './records/mail.js';
import { looksLikeSubtitles, subtitleView } from './records/subtitles.js';
import { csvRecords, csvView, tsvRecords, tsvView } from './tables/csv.js';
import { diffView } from './text/diff.js';
import { plainTextView } from './text/plain.js';
import { isRfc, rfcView } from './text/rfc.js';
import { TimeLimit, within } from './time-limit.js';

export interface DocumentKind {
  /** VS Code's language identifier. */
  languageId?: string | undefined;
  /** Name or path of the file; its extension decides if there is no language. */
  fileName?: string | undefined;
  /** How the text is built, if it was extracted from a binary format: neither language nor name counts then. */
  extracted?: Extracted | undefined;
}

type MakeView = (text: string) => ReadingView;

interface Kind {
  view: MakeView;
  /** For formats with documents too long to read all of their records. */
  records?: (text: string) => Records | undefined;
  /** Identifiers used by editors; the first is the usual one. */
  ids: string[];
  /** File extensions, for documents without a language. */
  extensions: string[];
}

const kinds: Kind[] = [
  { view: markdownView, ids: ['markdown', 'mdx', 'quarto'], extensions: ['md', 'markdown', 'mdx', 'qmd'] },
  { view: htmlView, ids: ['html'], extensions: ['html', 'htm', 'xhtml'] },
  { view: componentView, ids: ['vue', 'svelte'], extensions: ['vue', 'svelte'] },
  { view: (text) => notebookView(text, codeView), ids: ['jupyter'], extensions: ['ipynb'] },
  {
    view: jsonView,
    records: jsonLinesRecords,
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
  {
    view: xmlView,
    ids: ['xml', 'xsl', 'svg'],
    extensions:
      'xml pom csproj fsproj vbproj vcxproj props targets nuspec svg rss atom xsd xsl xslt wsdl plist resx xaml axml kml gpx opf ncx xlf xliff storyboard xib iml config'.split(
        ' ',
      ),
  },
  { view: latexView, ids: ['latex', 'tex'], extensions: ['tex'] },
  { view: rstView, ids: ['restructuredtext'], extensions: ['rst'] },
  { view: asciidocView, ids: ['asciidoc', 'asciidoctor'], extensions: ['adoc', 'asciidoc'] },
  { view: orgView, ids: ['org', 'org-mode'], extensions: ['org'] },
  { view: diffView, ids: ['diff', 'git-commit-diff'], extensions: ['diff', 'patch'] },
  { view: dockerfileView, ids: ['dockerfile'], extensions: ['dockerfile', 'containerfile'] },
  {
    view: manView,
    ids: ['troff', 'groff', 'man', 'mandoc', 'nroff', 'roff'],
    extensions: ['man', 'mdoc', 'roff', 'groff', 'troff'],
  },
  { view: logView, records: logRecords, ids: ['log'], extensions: ['log'] },
  { view: subtitleView, ids: ['subtitle', 'srt', 'vtt', 'subrip', 'webvtt'], extensions: ['srt', 'vtt'] },
  { view: mailView, ids: ['mail', 'eml', 'email'], extensions: ['eml', 'mbox', 'mbx'] },
  { view: rfcView, ids: ['rfc'], extensions: ['rfc'] },
  { view: textView, records: textRecords, ids: ['plaintext'], extensions: ['txt', 'text'] },
];

function textView(text: string): ReadingView {
  return textKind(text).view(text);
}

function textRecords(text: string): Records | undefined {
  return textKind(text).records?.(text);
}

/** Recognises text by its contents if the name does not tell. */
function textKind(text: string): Pick<Kind, 'view' | 'records'> {
  if (looksLikeMail(text)) return { view: mailView };
  if (looksLikeSubtitles(text)) return { view: subtitleView };
  if (looksLikeChat(text)) return { view: chatView, records: chatRecords };
  if (looksLikeLog(text)) return { view: logView, records: logRecords };
  return { view: plainTextView };
}

/**
 * By language identifier; the formats above come before the programming languages' table, which knows some of them too.
 */
const views = new Map<string, MakeView>([
  ...languageIds.map((id): [string, MakeView] => [id, (text) => codeView(text, id)]),
  ...kinds.flatMap(({ view, ids }) => ids.map((id): [string, MakeView] => [id, view])),
]);

/** Units at the beginning of a text that are examined. */
const SNIFFED = 4000;

const byExtension = new Map(kinds.flatMap(({ ids, extensions }) => extensions.map((name) => [name, ids[0]])));

const records = new Map(kinds.flatMap((kind) => kind.ids.map((id) => [id, kind.records] as const)));

/** Names of files that have no extension, or one that says something else. */
const byName: [RegExp, string][] = [
  [/^(?:Dockerfile|Containerfile)(?:[.-][\w.-]*)?$/i, 'dockerfile'],
  [/^(?:COMMIT_EDITMSG|[\w.-]*\.(?:debdiff|rej))$/, 'diff'],
];
/** `ls.1`, `printf.3p`, and `app.log.1` too: the text decides which it is. */
const SECTION = /\.[1-9](?:[a-z]{1,4})?$/i;

/** Recognises a text without a known language by its first lines. */
function languageOfText(text: string, fileName: string): string | undefined {
  const head = text.slice(0, SNIFFED);
  if (/^[.']/.test(head) && isManSource(head)) return 'troff';
  if (SECTION.test(fileName)) return undefined;
  if (/^(?:diff --git a\/|--- \S[^\n]*\n\+\+\+ \S[^\n]*\n@@ |Index: \S+\r?\n=+\r?\n)/m.test(head)) {
    return /^(?:diff |--- |Index: |From |commit [\da-f]{7})/.test(head) ? 'diff' : undefined;
  }
  if (isRfc(head)) return 'rfc';
  if (/^<\?xml\s/.test(head)) return 'xml';
  return /^(?:#[^\n]*\n|[ \t\r]*\n){0,5}#\+(?:title|author|startup|options|date):/i.test(head) ? 'org' : undefined;
}

/**
 * The language that a document is read as: the editor's if known, otherwise by the file's name, otherwise by its
 * beginning.
 */
function languageOf({ languageId = '', fileName = '' }: DocumentKind, text: string): string {
  const extension = /\.([^./\\]*)$/.exec(fileName)?.[1].toLowerCase() ?? '';
  const base = fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1);
  const named =
    byExtension.get(extension) ?? byName.find(([pattern]) => pattern.test(base))?.[1] ?? languageOfFile(fileName);
  // Editors call a notebook's file JSON, and what they do not know plain text.
  if (views.has(languageId) && languageId !== 'plaintext' && named !== 'jupyter') return languageId;
  if (named !== undefined && named !== 'plaintext') return named;
  return languageOfText(text, base) ?? 'plaintext';
}

/** Called with the error of a view: a bug in that view. */
export type OnViewFailure = (error: unknown, kind: DocumentKind) => void;

/** Units of a text that no view reads for long, whatever it is. */
const SHORT = 32 * 1024;
/** Milliseconds for a text, and more for each unit: hundreds of times what any view takes. */
const limitFor = (text: string): number => Math.ceil(15_000 + 0.015 * text.length);

/** Views of texts as they are, since their own took too long. */
const givenUp = new WeakSet<ReadingView>();

/** Whether a text is read as it is because its view took too long. */
export const tookTooLong = (view: ReadingView): boolean => givenUp.has(view);

/**
 * @param others languages that only the editor knows
 * @param onFailure called with the error of a view, and the text is then read as it is; without it the error is
 * rethrown
 * @param limitMs milliseconds after which a long text is read as it is
 */
export function viewOf(
  text: string,
  kind: DocumentKind,
  others?: EditorLanguages,
  onFailure?: OnViewFailure,
  limitMs = limitFor(text),
): ReadingView {
  const make = (): ReadingView => {
    if (kind.extracted) return extractedView(kind.extracted);
    const language = languageOf(kind, text);
    const { languageId = '' } = kind;
    const syntax = language === 'plaintext' ? others?.syntaxOf(languageId) : undefined;
    if (syntax) return codeView(text, languageId, syntax);
    return (views.get(language) ?? textView)(text);
  };
  try {
    return text.length <= SHORT ? make() : within(limitMs, make);
  } catch (error) {
    if (error instanceof TimeLimit) {
      const plain = plainView(text);
      givenUp.add(plain);
      return plain;
    }
    if (!onFailure) throw error;
    onFailure(error, kind);
    return plainView(text);
  }
}

/** The document by its records, if it has any; undefined: it is read as a whole. */
export function recordsOf(text: string, kind: DocumentKind): Records | undefined {
  return kind.extracted ? undefined : records.get(languageOf(kind, text))?.(text);
}

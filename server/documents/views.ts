/** Which view a document is read through: by the editor's language identifier, else by the name of its file. */
import type { ReadingView } from './view.js';
import { plainView } from './view.js';
import { codeView } from './views/code.js';
import { languageIds, languageOfFile } from './views/languages.js';
import { logView } from './views/log.js';
import { plainTextView } from './views/plain.js';

export interface DocumentKind {
  /** VS Code's language identifier. */
  languageId?: string;
  /** Name or path of the file; its extension tells when there is no language. */
  fileName?: string;
}

type MakeView = (text: string) => ReadingView;

/** By language identifier. */
const views = new Map<string, MakeView>([
  ...languageIds.map((id): [string, MakeView] => [id, (text) => codeView(text, id)]),
  ['log', logView],
  ['plaintext', plainTextView],
]);

/** By the end of a file's name, where the programming languages' own table does not tell. */
const extensions = new Map<string, string>([['log', 'log']]);

/** The language that a document is read as: the editor's, unless it is none, else by the file's name. */
function languageOf({ languageId = '', fileName = '' }: DocumentKind): string {
  if (views.has(languageId) && languageId !== 'plaintext') return languageId;
  const extension = /\.([^./\\]*)$/.exec(fileName)?.[1].toLowerCase() ?? '';
  return extensions.get(extension) ?? languageOfFile(fileName) ?? 'plaintext';
}

/** Never throws: what a parser cannot read is read as it stands. */
export function viewOf(text: string, kind: DocumentKind): ReadingView {
  const make = views.get(languageOf(kind));
  try {
    return make ? make(text) : plainTextView(text);
  } catch {
    return plainView(text);
  }
}

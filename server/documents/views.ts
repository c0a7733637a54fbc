/** Which view a document is read through: by the editor's language identifier, else by the name of its file. */
import type { ReadingView } from './view.js';
import { plainView } from './view.js';

export interface DocumentKind {
  /** VS Code's language identifier. */
  languageId?: string;
  /** Name or path of the file; its extension tells when there is no language. */
  fileName?: string;
}

type MakeView = (text: string) => ReadingView;

/** By language identifier. */
const views = new Map<string, MakeView>();

/** Never throws: what a parser cannot read is read as it stands. */
export function viewOf(text: string, kind: DocumentKind): ReadingView {
  const make = views.get(kind.languageId ?? '');
  try {
    return make ? make(text) : plainView(text);
  } catch {
    return plainView(text);
  }
}

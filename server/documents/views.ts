/** Which view a document is read through: by the editor's language identifier, else by the name of its file. */
import { extname } from 'node:path';
import type { ReadingView } from './view.js';
import { plainView } from './view.js';
import { componentView, htmlView } from './views/html.js';
import { markdownView } from './views/markdown.js';
import { notebookView } from './views/notebook.js';

export interface DocumentKind {
  /** VS Code's language identifier. */
  languageId?: string;
  /** Name or path of the file; its extension tells when there is no language. */
  fileName?: string;
}

type MakeView = (text: string) => ReadingView;

/** By language identifier. */
const views = new Map<string, MakeView>([
  ['markdown', markdownView],
  ['mdx', markdownView],
  ['quarto', markdownView],
  ['html', htmlView],
  ['vue', componentView],
  ['svelte', componentView],
  ['jupyter', notebookView],
]);

/** Language identifier by extension. */
const languages = new Map<string, string>([
  ['.md', 'markdown'],
  ['.markdown', 'markdown'],
  ['.mdx', 'mdx'],
  ['.qmd', 'quarto'],
  ['.html', 'html'],
  ['.htm', 'html'],
  ['.xhtml', 'html'],
  ['.vue', 'vue'],
  ['.svelte', 'svelte'],
  ['.ipynb', 'jupyter'],
]);

/** The editor calls a notebook's file JSON, and what it does not know plain text. */
function languageOf({ languageId, fileName }: DocumentKind): string {
  const byName = languages.get(extname(fileName ?? '').toLowerCase());
  const known = languageId && languageId !== 'plaintext' && byName !== 'jupyter';
  return (known ? languageId : byName) ?? '';
}

/** Never throws: what a parser cannot read is read as it stands. */
export function viewOf(text: string, kind: DocumentKind): ReadingView {
  const make = views.get(languageOf(kind));
  try {
    return make ? make(text) : plainView(text);
  } catch {
    return plainView(text);
  }
}

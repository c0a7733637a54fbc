/** Which view a document is read through: by the editor's language identifier, else by the name of its file. */
import type { ReadingView } from './view.js';
import { plainView } from './view.js';
import { asciidocView } from './views/asciidoc.js';
import { jsonView } from './views/json.js';
import { latexView } from './views/latex.js';
import { propertiesView } from './views/properties.js';
import { rstView } from './views/rst.js';
import { tomlView } from './views/toml.js';
import { yamlView } from './views/yaml.js';

export interface DocumentKind {
  /** VS Code's language identifier. */
  languageId?: string;
  /** Name or path of the file; its extension tells when there is no language. */
  fileName?: string;
}

type MakeView = (text: string) => ReadingView;

/** By language identifier. */
const views = new Map<string, MakeView>([
  ...['json', 'jsonc', 'json5', 'jsonl', 'geojson'].map((id): [string, MakeView] => [id, jsonView]),
  ...['yaml', 'dockercompose', 'yml'].map((id): [string, MakeView] => [id, yamlView]),
  ['toml', tomlView],
  ['properties', (text) => propertiesView(text, true)],
  ...['ini', 'dotenv', 'editorconfig', 'desktop'].map((id): [string, MakeView] => [id, (text) => propertiesView(text)]),
  ...['latex', 'tex'].map((id): [string, MakeView] => [id, latexView]),
  ['restructuredtext', rstView],
  ...['asciidoc', 'asciidoctor'].map((id): [string, MakeView] => [id, asciidocView]),
]);

/** By the extension of the file's name, for files that have no language. */
const extensions = new Map<string, string>(
  Object.entries({
    '.json': 'json',
    '.jsonc': 'jsonc',
    '.json5': 'json5',
    '.jsonl': 'jsonl',
    '.yaml': 'yaml',
    '.yml': 'yaml',
    '.toml': 'toml',
    '.ini': 'ini',
    '.cfg': 'ini',
    '.properties': 'properties',
    '.env': 'dotenv',
    '.tex': 'latex',
    '.rst': 'restructuredtext',
    '.adoc': 'asciidoc',
    '.asciidoc': 'asciidoc',
  }),
);

/** Never throws: what a parser cannot read is read as it stands. */
export function viewOf(text: string, kind: DocumentKind): ReadingView {
  const extension = /\.[^./\\]+$/.exec(kind.fileName ?? '')?.[0].toLowerCase();
  // Many editors know no AsciiDoc or TOML and call it plain text.
  const make = views.get(kind.languageId ?? '') ?? views.get(extensions.get(extension ?? '') ?? '');
  try {
    return make ? make(text) : plainView(text);
  } catch {
    return plainView(text);
  }
}

/** Files whose text is extracted by the sidecar, and the read-only documents that show it. */
import * as vscode from 'vscode';

/** Of the documents with extracted text. */
export const TEXT_SCHEME = 'ask-bert-text';

/** As in server/formats; by their names, since the editor asks before it reads. The sidecar looks at the content. */
const EXTENSIONS = new Set(
  'pdf docx docm dotx xlsx xlsm xltx pptx pptm ppsx odt ods odp ott ots otp epub rtf msg'.split(' '),
);

/** A pattern for exactly this name. */
export const globbed = (name: string): string => name.replace(/[[\]{}*?]/g, '[$&]');

/** Whether a file is shown as extracted text. */
export const isExtracted = ({ scheme, path }: vscode.Uri): boolean =>
  scheme === 'file' && EXTENSIONS.has(/\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '');

/** The document with the text of a file; any other file is itself. */
export function shownAs(uri: vscode.Uri): vscode.Uri {
  if (!isExtracted(uri)) return uri;
  // The ending says to the editor that it is plain text.
  return vscode.Uri.from({ scheme: TEXT_SCHEME, path: `${uri.path}.txt`, query: uri.toString() });
}

/** The file that a document shows the text of; undefined: it shows something else. */
export function originalOf(uri: vscode.Uri): vscode.Uri | undefined {
  return uri.scheme === TEXT_SCHEME ? vscode.Uri.parse(uri.query) : undefined;
}

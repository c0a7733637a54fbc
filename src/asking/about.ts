/** How a document is given to the sidecar. */
import type * as vscode from 'vscode';
import type { AskParams } from '../../server/protocol.js';
import type { Snapshot } from '../answers/store.js';
import { originalOf } from '../shared/extracted-uri.js';

/**
 * The text of a document; of an extracted one the file, whose form the sidecar knows.
 * @param asText even of an extracted one
 */
export function aboutOf(
  { uri, languageId }: vscode.TextDocument,
  { text }: Snapshot,
  asText = false,
): Pick<AskParams, 'uri' | 'text' | 'languageId' | 'fileName'> {
  const file = originalOf(uri);
  if (file && !asText) return { uri: file.toString() };
  // A notebook's path says nothing about one of its cells.
  return { text, languageId, fileName: uri.scheme === 'vscode-notebook-cell' ? undefined : uri.path };
}

/**
 * The text of a file as an editor would show it: the open document if there is one, otherwise through VS Code's file
 * systems.
 */
import * as vscode from 'vscode';
import type { SkipReason } from '../../server/protocol.js';
import { reasonOf } from '../sidecar/failure.js';

/** The same test for binary files as in git and editors. */
const BINARY_PROBE_BYTES = 8000;

/** Why there is no text, as a sentence. */
export interface NoText {
  reason: SkipReason;
  message: string;
}

export const documentOf = (uri: vscode.Uri): vscode.TextDocument | undefined => {
  const key = uri.toString();
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === key);
};

/** @param mostBytes larger files are not read */
export async function readText(uri: vscode.Uri, mostBytes: number): Promise<string | NoText> {
  const { l10n, workspace } = vscode;
  const tooLarge = (): NoText => ({
    reason: 'tooLarge',
    message: l10n.t('{0} is larger than {1} MB.', uri.path, Math.round(mostBytes / 1024 / 1024)),
  });
  try {
    const { size, type } = await workspace.fs.stat(uri);
    if (type & vscode.FileType.Directory) {
      return { reason: 'unreadable', message: l10n.t('{0} is a folder, expected a file.', uri.path) };
    }
    if (!(type & vscode.FileType.File)) {
      return { reason: 'unreadable', message: l10n.t('{0} is not a regular file.', uri.path) };
    }
    if (size > mostBytes) return tooLarge();
    const bytes = await workspace.fs.readFile(uri);
    if (bytes.length > mostBytes) return tooLarge();
    if (bytes.subarray(0, BINARY_PROBE_BYTES).includes(0) && !hasUtf16Mark(bytes)) {
      return { reason: 'binary', message: l10n.t('{0} is not a text file.', uri.path) };
    }
    return await workspace.decode(bytes, { uri });
  } catch (error) {
    return { reason: 'unreadable', message: l10n.t('{0} cannot be read ({1}).', uri.path, reasonOf(error)) };
  }
}

const hasUtf16Mark = ([first, second]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);

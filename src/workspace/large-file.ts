/** Texts that VS Code does not hand over, and that are too large to be read from disk instead. */
import * as vscode from 'vscode';
import { MAX_DOCUMENT_BYTES } from '../../server/documents/limits.js';
import { MAX_FILE_BYTES } from '../asking/answerer.js';
import { isExtracted } from '../shared/extracted-uri.js';
import { inform } from '../shared/messages.js';
import { documentName } from '../shared/texts.js';

/** Says so, with both limits. What is not a text is not refused here. */
export async function isRefused(file: vscode.Uri): Promise<boolean> {
  const { l10n, workspace } = vscode;
  const size = isExtracted(file) ? 0 : await workspace.fs.stat(file).then(sizeOf, () => 0);
  if (size <= MAX_FILE_BYTES) return false;
  void inform(
    l10n.t(
      'Ask BERT: {0} has {1} MB. VS Code gives extensions texts of up to {2} MB, and from disk texts of up to {3} MB are read: split it.',
      documentName(file),
      Math.ceil(size / 1024 / 1024),
      MAX_FILE_BYTES / 1024 / 1024,
      MAX_DOCUMENT_BYTES / 1024 / 1024,
    ),
  );
  return true;
}

const sizeOf = ({ size }: vscode.FileStat): number => size;

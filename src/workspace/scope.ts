/** Which documents are asked about, and how each is sent: by URI if the sidecar can read it, otherwise as text. */

import * as vscode from 'vscode';
import { MAX_DOCUMENT_BYTES, MAX_DOCUMENTS } from '../../server/documents/limits.js';
import type { AskManyResult, DocumentRef } from '../../server/protocol.js';
import { append } from '../../server/text/arrays.js';
import { readText } from '../asking/read-text.js';
import { originalOf } from '../shared/extracted-uri.js';
import { inform } from '../shared/messages.js';
import type { Scope } from '../shared/scope.js';
import { filesBelow } from './find-files.js';

export interface Found {
  documents: DocumentRef[];
  /** Documents that could not be read here; the sidecar may skip more. */
  skipped: AskManyResult['skipped'];
  /** Files that were left out because there are too many. */
  beyond: number;
}

/** Text that is sent in one message, in UTF-16 units: files of virtual workspaces and unsaved changes. */
const MAX_SENT_UNITS = 64 * 1024 * 1024;

/** Nothing to ask about; the user was told. */
export function isEmptyScope(scope: Scope): boolean {
  const { l10n } = vscode;
  if (scope.kind === 'workspace' && !vscode.workspace.workspaceFolders?.length) {
    void inform(l10n.t('Ask BERT: open a folder first, then ask about the workspace.'));
    return true;
  }
  if (scope.kind === 'editors' && openUris().length === 0) {
    void inform(l10n.t('Ask BERT: open a text first, then ask about it.'));
    return true;
  }
  return false;
}

/** The documents of a scope, at most {@link MAX_DOCUMENTS}. */
export async function findDocuments(scope: Scope, token: vscode.CancellationToken): Promise<Found> {
  return documentsOf(await urisOf(scope, token), token);
}

/** Files as documents, each once, at most {@link MAX_DOCUMENTS}. */
export async function documentsOf(files: readonly vscode.Uri[], token: vscode.CancellationToken): Promise<Found> {
  const uris = unique(files);
  const open = new Map(vscode.workspace.textDocuments.map((document) => [document.uri.toString(), document]));
  const found: Found = { documents: [], skipped: [], beyond: Math.max(0, uris.length - MAX_DOCUMENTS) };
  let room = MAX_SENT_UNITS;
  for (const uri of uris.slice(0, MAX_DOCUMENTS)) {
    if (token.isCancellationRequested) break;
    const sent = await sentAs(uri, open.get(uri.toString()), room);
    if ('reason' in sent) found.skipped.push(sent);
    else {
      room -= sent.text?.length ?? 0;
      found.documents.push(sent);
    }
  }
  return found;
}

async function urisOf(scope: Scope, token: vscode.CancellationToken): Promise<vscode.Uri[]> {
  if (scope.kind === 'editors') return openUris();
  const roots =
    scope.kind === 'folder' ? scope.uris : (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri);
  const uris: vscode.Uri[] = [];
  for (const root of roots) {
    if (token.isCancellationRequested) break;
    append(uris, (await isFolder(root)) ? await filesBelow(root, token) : [root]);
  }
  return uris;
}

const isFolder = async (uri: vscode.Uri) =>
  Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    ({ type }) => (type & vscode.FileType.Directory) !== 0,
    () => false,
  );

/** The documents in the tabs, in order; the right side of a diff, the cells of a notebook. */
function openUris(): vscode.Uri[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.flatMap(({ input }) => {
    if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom) {
      // The sidecar reads the file itself.
      return [originalOf(input.uri) ?? input.uri];
    }
    if (input instanceof vscode.TabInputTextDiff) return [input.modified];
    if (input instanceof vscode.TabInputNotebook) {
      const key = input.uri.toString();
      const notebook = vscode.workspace.notebookDocuments.find((each) => each.uri.toString() === key);
      return notebook?.getCells().map((cell) => cell.document.uri) ?? [input.uri];
    }
    return [];
  });
}

function unique(uris: readonly vscode.Uri[]): vscode.Uri[] {
  return [...new Map(uris.map((uri) => [uri.toString(), uri])).values()];
}

type Skipped = Found['skipped'][number];

/** @param room UTF-16 units of text that can still be sent */
async function sentAs(
  uri: vscode.Uri,
  open: vscode.TextDocument | undefined,
  room: number,
): Promise<DocumentRef | Skipped> {
  const key = uri.toString();
  // The editor's text if the sidecar would read something else: unsaved, or decoded differently.
  if (open && (open.isDirty || uri.scheme !== 'file' || !/^utf(8|16)/.test(open.encoding))) {
    const text = open.getText();
    return text.length > Math.min(room, MAX_DOCUMENT_BYTES)
      ? tooLarge(uri, room)
      : { uri: key, text, languageId: open.languageId };
  }
  if (uri.scheme === 'file') return open ? { uri: key, languageId: open.languageId } : { uri: key };
  const text = await readText(uri, Math.min(room, MAX_DOCUMENT_BYTES));
  if (typeof text === 'string') return { uri: key, text };
  return text.reason === 'tooLarge' ? tooLarge(uri, room) : { uri: key, ...text };
}

/** @param room UTF-16 units of text that could still be sent */
function tooLarge(uri: vscode.Uri, room: number): Skipped {
  const { l10n } = vscode;
  const megabytes = MAX_DOCUMENT_BYTES / 1024 / 1024;
  const message =
    room < MAX_DOCUMENT_BYTES
      ? l10n.t('{0} is too large to be sent with the others.', uri.path)
      : l10n.t('{0} is larger than {1} MB, the limit for a file among many.', uri.path, megabytes);
  return { uri: uri.toString(), reason: 'tooLarge', message };
}

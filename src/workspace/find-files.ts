/** The files of a folder, as the editor's own search finds them: files.exclude, search.exclude, ignore files. */

import * as vscode from 'vscode';
import { IgnoreRules, MAX_IGNORE_BYTES } from '../../server/documents/ignore-rules.js';
import { MAX_DOCUMENTS } from '../../server/documents/limits.js';
import { isNoDocument } from '../../server/documents/not-documents.js';
import { isOwnTable, isTableName } from '../../server/documents/own-files.js';
import { append } from '../../server/text/arrays.js';
import { excludePattern } from './exclude-pattern.js';

/** Maximum number of files considered before ignore files are applied. */
const MAX_LISTED = 200_000;
const OPENED_AT_ONCE = 32;
/** Time limit for the search of a virtual file system. */
const SEARCH_MS = 3000;
const IGNORE_FILES = ['.gitignore', '.ignore'];
/** Folders skipped when walking without the editor's search. */
const NEVER = new Set(['.git', '.svn', '.hg', 'CVS', 'node_modules']);

/**
 * All files under a folder, ordered by path.
 * An excluded folder is read if it was asked for itself.
 */
export async function filesBelow(folder: vscode.Uri, token: vscode.CancellationToken): Promise<vscode.Uri[]> {
  const search = vscode.workspace.getConfiguration('search', folder);
  const files = vscode.workspace.getConfiguration('files', folder);
  const pattern = excludePattern(files.get('exclude'), search.get('exclude'));
  const everything = new vscode.RelativePattern(folder, '**/*');
  const bySearch = (cancel: vscode.CancellationToken) =>
    Promise.resolve(vscode.workspace.findFiles(everything, pattern || null, MAX_LISTED, cancel));
  const found = folder.scheme === 'file' ? await bySearch(token) : await searchOrWalk(folder, bySearch, token);
  const ignored = search.get('useIgnoreFiles') === false ? () => false : await ignoredBelow(folder, found);
  const wanted = found.filter((uri) => !isNoDocument(uri.path.slice(uri.path.lastIndexOf('/') + 1)) && !ignored(uri));
  return withoutTables(wanted.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)));
}

/** Leaves out tables that Ask BERT wrote, among as many files as are read. */
async function withoutTables(files: readonly vscode.Uri[]): Promise<vscode.Uri[]> {
  const isTable = async ({ scheme, path, fsPath }: vscode.Uri) =>
    scheme === 'file' && isTableName(path) && (await isOwnTable(fsPath).catch(() => false));
  const kept: vscode.Uri[] = [];
  let at = 0;
  for (; at < files.length && kept.length < MAX_DOCUMENTS; at += OPENED_AT_ONCE) {
    const some = files.slice(at, at + OPENED_AT_ONCE);
    const own = await Promise.all(some.map(isTable));
    append(
      kept,
      some.filter((_, i) => !own[i]),
    );
  }
  return [...kept, ...files.slice(at)];
}

/** Applies the ignore files among `found`, and those above the folder in its workspace. */
async function ignoredBelow(folder: vscode.Uri, found: readonly vscode.Uri[]): Promise<(uri: vscode.Uri) => boolean> {
  const workspace = vscode.workspace.getWorkspaceFolder(folder)?.uri ?? folder;
  const root = workspace.path.replace(/\/$/, '');
  const nameOf = ({ path }: vscode.Uri) => path.slice(root.length + 1);
  const name = nameOf(folder).replace(/\/$/, '');
  let rules = new IgnoreRules();
  const steps = name.split('/').filter(Boolean);
  for (const depth of steps.keys()) await addRules(rules, workspace, steps.slice(0, depth));
  // An ignored folder that was asked for itself.
  if (rules.ignoresFolder(name)) rules = new IgnoreRules();
  // In the order of IGNORE_FILES within one folder.
  const own = found.filter(({ path }) => IGNORE_FILES.includes(path.slice(path.lastIndexOf('/') + 1)));
  own.sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const uri of own) {
    const content = await contentOf(uri);
    const file = nameOf(uri);
    if (content !== undefined) rules.add(file.slice(0, Math.max(0, file.lastIndexOf('/'))), content);
  }
  return (uri) => rules.ignores(nameOf(uri));
}

/** Reads the ignore files of the folder at the given path steps. */
async function addRules(rules: IgnoreRules, root: vscode.Uri, steps: readonly string[]): Promise<void> {
  for (const name of IGNORE_FILES) {
    const content = await contentOf(vscode.Uri.joinPath(root, ...steps, name));
    if (content !== undefined) rules.add(steps.join('/'), content);
  }
}

async function contentOf(uri: vscode.Uri): Promise<string | undefined> {
  try {
    // A pipe would be waited for, and the editor reads a file as a whole.
    const { size, type } = await vscode.workspace.fs.stat(uri);
    if (!(type & vscode.FileType.File) || size > MAX_IGNORE_BYTES) return undefined;
    const bytes = await vscode.workspace.fs.readFile(uri);
    return bytes.length > MAX_IGNORE_BYTES ? undefined : new TextDecoder().decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * A virtual file system may lack a search provider, and then the editor waits for one forever: its files are listed
 * folder by folder.
 */
async function searchOrWalk(
  folder: vscode.Uri,
  search: (token: vscode.CancellationToken) => Promise<vscode.Uri[]>,
  token: vscode.CancellationToken,
): Promise<vscode.Uri[]> {
  const cancel = new vscode.CancellationTokenSource();
  const subscription = token.onCancellationRequested(() => cancel.cancel());
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<vscode.Uri[]>((resolve) => {
    timer = setTimeout(resolve, SEARCH_MS, []);
  });
  try {
    const found = await Promise.race([search(cancel.token).catch(() => []), late]);
    return found.length > 0 ? found : await walk(folder, token);
  } finally {
    clearTimeout(timer);
    cancel.cancel();
    cancel.dispose();
    subscription.dispose();
  }
}

/** Every file under a folder, through the file system's own listing; links to folders are not followed. */
async function walk(root: vscode.Uri, token: vscode.CancellationToken): Promise<vscode.Uri[]> {
  const files: vscode.Uri[] = [];
  const folders = [root];
  for (let folder = folders.pop(); folder && !token.isCancellationRequested; folder = folders.pop()) {
    const entries = await Promise.resolve(vscode.workspace.fs.readDirectory(folder)).catch(() => []);
    for (const [name, type] of entries) {
      const uri = vscode.Uri.joinPath(folder, name);
      if (type & vscode.FileType.File) files.push(uri);
      else if (type === vscode.FileType.Directory && !NEVER.has(name)) folders.push(uri);
    }
    if (files.length > MAX_LISTED) break;
  }
  return files;
}

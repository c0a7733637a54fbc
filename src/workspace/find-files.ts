/** The files of a folder, as the editor's own search finds them: files.exclude, search.exclude, ignore files. */
import * as vscode from 'vscode';
import { isNoDocument } from '../../server/documents/not-documents.js';
import { excludePattern, IgnoreRules } from './gitignore.js';

/** Files that are looked at before ignore files are applied; more than that are nobody's documents. */
const MAX_LISTED = 200_000;
/** An ignore file above this is none. */
const MAX_IGNORE_BYTES = 1024 * 1024;
/** So long the search of a virtual file system may take. */
const SEARCH_MS = 3000;
const IGNORE_FILES = ['.gitignore', '.ignore'];
/** What a walk without the editor's search does not enter. */
const NEVER = new Set(['.git', '.svn', '.hg', 'CVS', 'node_modules']);

/**
 * All files below a folder, in the order of their paths.
 * A folder that is excluded, but was asked for itself, is read.
 */
export async function filesBelow(folder: vscode.Uri, token: vscode.CancellationToken): Promise<vscode.Uri[]> {
  const search = vscode.workspace.getConfiguration('search', folder);
  const files = vscode.workspace.getConfiguration('files', folder);
  const pattern = excludePattern(files.get('exclude'), search.get('exclude'));
  const everything = new vscode.RelativePattern(folder, '**/*');
  const bySearch = (cancel: vscode.CancellationToken) =>
    Promise.resolve(vscode.workspace.findFiles(everything, pattern || null, MAX_LISTED, cancel));
  const found = folder.scheme === 'file' ? await bySearch(token) : await searchOrWalk(folder, bySearch, token);
  const rules = search.get('useIgnoreFiles') === false ? undefined : await rulesFor(folder, found);
  const base = folder.path.endsWith('/') ? folder.path : `${folder.path}/`;
  const wanted = found.filter(
    ({ path }) => !isNoDocument(path.slice(path.lastIndexOf('/') + 1)) && !rules?.ignores(path.slice(base.length)),
  );
  return wanted.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** The rules of the ignore files among `found`, outer folders first, with those above the folder in its workspace. */
async function rulesFor(folder: vscode.Uri, found: readonly vscode.Uri[]): Promise<IgnoreRules> {
  const rules = new IgnoreRules();
  const base = folder.path.endsWith('/') ? folder.path : `${folder.path}/`;
  for (const content of await rulesAbove(folder)) rules.add('', content);
  const own = found.filter(({ path }) => IGNORE_FILES.includes(path.slice(path.lastIndexOf('/') + 1)));
  const depth = ({ path }: vscode.Uri) => path.split('/').length;
  own.sort((a, b) => depth(a) - depth(b) || (a.path < b.path ? -1 : 1));
  for (const uri of own) {
    const content = await contentOf(uri);
    if (content !== undefined)
      rules.add(uri.path.slice(base.length, Math.max(base.length, uri.path.lastIndexOf('/'))), content);
  }
  return rules;
}

/**
 * Ignore files of the folders between a folder and its workspace folder, rewritten for the inner one: only their
 * patterns for any depth (without a slash before the end) say something there.
 */
async function rulesAbove(folder: vscode.Uri): Promise<string[]> {
  const workspace = vscode.workspace.getWorkspaceFolder(folder)?.uri;
  if (!workspace || workspace.path === folder.path) return [];
  const contents: string[] = [];
  const steps = folder.path.slice(workspace.path.length).split('/').filter(Boolean);
  const names: string[] = [];
  for (const step of steps) {
    for (const name of IGNORE_FILES) {
      const content = await contentOf(vscode.Uri.joinPath(workspace, ...names, name));
      if (content !== undefined) contents.push(inner(content, steps.slice(names.length)));
    }
    names.push(step);
  }
  return contents;
}

/** The lines of an ignore file that hold for a folder so many steps below it, as seen from there. */
function inner(content: string, steps: readonly string[]): string {
  const prefix = `${steps.join('/')}/`;
  const lines = content.split(/\r?\n/).flatMap((line) => {
    const [, not, pattern] = /^(!?)(.*)$/.exec(line) ?? [];
    if (!pattern || pattern.startsWith('#')) return [];
    const anchored = pattern.replace(/\/\s*$/, '').includes('/') && !pattern.startsWith('**/');
    if (!anchored) return [line];
    const from = pattern.replace(/^\//, '');
    return from.startsWith(prefix) ? [`${not}/${from.slice(prefix.length)}`] : [];
  });
  return lines.join('\n');
}

async function contentOf(uri: vscode.Uri): Promise<string | undefined> {
  try {
    const bytes = await vscode.workspace.fs.readFile(uri);
    return bytes.length > MAX_IGNORE_BYTES ? undefined : new TextDecoder().decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * A virtual file system need not have a search of its own, and then the editor waits for one to come, for ever: its
 * files are listed folder by folder.
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

/** Every file below a folder through the file system's own listing; links to folders are not followed. */
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

/** Finds the file or folder that a tool's input names, and whether it is in the workspace. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { type PlaceInput, ToolInputError, wrong } from '../../server/tools/tool-input.js';
import { documentOf } from '../asking/read-text.js';

/**
 * A relative path is looked for in every folder of the workspace; with several folders it may begin with a folder's
 * name.
 * @throws ToolInputError that lists where it was looked for
 */
export async function placeOf({ filePath, uri }: PlaceInput, field: string): Promise<vscode.Uri> {
  if (uri !== undefined) return parsed(uri);
  const given = filePath ?? '';
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (path.isAbsolute(given)) {
    // In a virtual workspace, a path belongs to its file system.
    const [first] = folders;
    const file = vscode.Uri.file(given);
    return normal(first && first.uri.scheme !== 'file' ? first.uri.with({ path: file.path }) : file);
  }
  if (folders.length === 0) {
    throw wrong(field, `the relative path ${JSON.stringify(given)} while no folder is open`, 'an absolute path');
  }
  const relative = path.sep === '/' ? given : given.replaceAll(path.sep, '/');
  const [head, ...rest] = relative.split('/');
  const tried = folders.flatMap(({ uri: folder, name }) => [
    vscode.Uri.joinPath(folder, relative),
    ...(name === head && folders.length > 1 ? [vscode.Uri.joinPath(folder, ...rest)] : []),
  ]);
  for (const each of tried) if (await exists(each)) return each;
  throw new ToolInputError(
    `${field}: there is no ${JSON.stringify(given)} in the workspace (tried ${tried.map(shown).join(', ')}).`,
  );
}

/** Whether a file or folder is inside the workspace, after resolving links. */
export async function isInWorkspace(uri: vscode.Uri): Promise<boolean> {
  if (!vscode.workspace.getWorkspaceFolder(normal(uri))) return false;
  if (uri.scheme !== 'file') return true;
  const real = await realOf(uri);
  const folders = (vscode.workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === 'file');
  for (const folder of folders) {
    const relative = path.relative(await realOf(folder.uri), real);
    if (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)) return true;
  }
  return false;
}

/** For display: the path of a file, the full URI of anything else. */
export const shown = (uri: vscode.Uri): string => (uri.scheme === 'file' ? uri.fsPath : uri.toString(true));

function parsed(text: string): vscode.Uri {
  try {
    return normal(vscode.Uri.parse(text, true));
  } catch {
    throw wrong('uri', JSON.stringify(text), 'an absolute URI such as file:///folder/file.md');
  }
}

/** Without ".." and ".", so that paths can be compared by prefix. */
const normal = (uri: vscode.Uri): vscode.Uri => uri.with({ path: path.posix.normalize(uri.path) });

const exists = async (uri: vscode.Uri): Promise<boolean> =>
  documentOf(uri) !== undefined ||
  Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    () => true,
    () => false,
  );

/** A file that does not exist keeps the path it was given. */
const realOf = ({ fsPath }: vscode.Uri): Promise<string> => realpath(fsPath).catch(() => path.resolve(fsPath));

/** The tool `ask-bert_answerWorkspace`: a question and a folder or the workspace → the best answers of all files. */
import ignore from 'ignore';
import * as vscode from 'vscode';
import { checkWorkspaceInput, ToolInputError, type WorkspaceInput, wrong } from '../../server/tools/tool-input.js';
import { manyResult, sentenceOf } from '../../server/tools/tool-result.js';
import type { Answerer } from '../asking/answerer.js';
import { Failure } from '../sidecar/failure.js';
import { filesBelow } from '../workspace/find-files.js';
import { documentsOf } from '../workspace/scope.js';
import { isInWorkspace, placeOf } from './place.js';
import { type Invoke, invoked, type Prepare, prepared } from './tool.js';

export class WorkspaceTool implements vscode.LanguageModelTool<unknown> {
  readonly #answerer: Answerer;
  constructor(answerer: Answerer) {
    this.#answerer = answerer;
  }

  /** No confirmation for wrong input: `invoke` rejects it. */
  async prepareInvocation({ input }: Prepare): Promise<vscode.PreparedToolInvocation> {
    const { l10n } = vscode;
    const folder = await Promise.resolve(input)
      .then(checkWorkspaceInput)
      .then(folderOf)
      .catch(() => undefined);
    if (!folder) return prepared(l10n.t('Looking for the answer in the workspace'), undefined);
    const name = vscode.workspace.asRelativePath(folder);
    return prepared(l10n.t('Looking for the answer in {0}', name), (await isInWorkspace(folder)) ? undefined : folder);
  }

  invoke(options: Invoke, token: vscode.CancellationToken): Promise<vscode.LanguageModelToolResult> {
    return invoked(options, token, async () => {
      const answerer = this.#answerer;
      const input = checkWorkspaceInput(options.input);
      const { question, topK, include } = input;
      const files = await filesOf(await folderOf(input), include, token);
      const found = await documentsOf(files, token);
      if (token.isCancellationRequested) throw new vscode.CancellationError();
      const { documents } = found;
      const params = { question, documents, options: topK === undefined ? {} : { topK } };
      const result = await answerer.askMany(params, token);
      const sentences = await Promise.all(result.answers.map((answer) => this.#sentence(answer)));
      const notRead = { skipped: found.skipped.length, beyond: found.beyond };
      return manyResult(result, sentences, answerer.leastProbability, notRead);
    });
  }

  /** Undefined if the file has changed there since. */
  async #sentence(answer: { uri: string; text: string; start: number; end: number }): Promise<string | undefined> {
    try {
      const { text } = await this.#answerer.read(vscode.Uri.parse(answer.uri, true));
      return text.slice(answer.start, answer.end) === answer.text ? sentenceOf(text, answer) : undefined;
    } catch (error) {
      if (error instanceof Failure) return undefined;
      throw error;
    }
  }
}

/** The folder that the input names; undefined: the workspace. @throws ToolInputError */
async function folderOf({ folder }: WorkspaceInput): Promise<vscode.Uri | undefined> {
  if (folder === undefined) return undefined;
  const uri = /^[a-z][\w+.-]+:\/\//i.test(folder) ? { uri: folder } : { filePath: folder };
  return placeOf(uri, 'folder');
}

/** @throws ToolInputError no folder is open, no such folder, no file */
async function filesOf(
  folder: vscode.Uri | undefined,
  include: WorkspaceInput['include'],
  token: vscode.CancellationToken,
): Promise<vscode.Uri[]> {
  const roots = folder ? [folder] : (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri);
  if (roots.length === 0) throw wrong('folder', 'nothing while no folder is open', 'an absolute path');
  if (folder) {
    const type = await Promise.resolve(vscode.workspace.fs.stat(folder)).then(
      (stat) => stat.type,
      () => vscode.FileType.Unknown,
    );
    if (!(type & vscode.FileType.Directory)) throw wrong('folder', JSON.stringify(folder.path), 'a folder that exists');
  }
  const patterns = include && ignore({ ignorecase: false }).add(include);
  const files: vscode.Uri[] = [];
  for (const root of roots) {
    const base = root.path.endsWith('/') ? root.path : `${root.path}/`;
    for (const file of await filesBelow(root, token)) {
      if (!patterns || patterns.ignores(file.path.slice(base.length))) files.push(file);
    }
  }
  if (files.length === 0 && !token.isCancellationRequested) {
    const which = include ? ` that ${include.join(', ')} names` : '';
    throw new ToolInputError(`There is no file${which} in ${roots.map(({ path }) => path).join(', ')}.`);
  }
  return files;
}

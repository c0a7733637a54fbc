/** Which files questions about a workspace or a folder read, kept in the state of the workspace. */
import * as vscode from 'vscode';
import { oneLine } from '../shared/texts.js';
import { type FileFilter, MOST_UNITS } from './file-filter.js';

const FILTER_KEY = 'askBert.files';
const ALL: FileFilter = { include: '', exclude: '' };

export class ChosenFiles {
  readonly #memory: vscode.Memento;
  #filter: FileFilter;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
    this.#filter = filterOf(memory.get(FILTER_KEY)) ?? ALL;
    this.#updateContext();
  }

  get filter(): FileFilter {
    return this.#filter;
  }

  /** Asks for the patterns, or takes those of the arguments. @returns undefined: nothing was changed */
  async choose(given: unknown): Promise<FileFilter | undefined> {
    const filter = filterOf(given) ?? (await this.#prompt());
    if (!filter) return undefined;
    this.#filter = filter;
    const isAll = filter.include === '' && filter.exclude === '';
    // If it cannot be stored, it holds while the window is open.
    this.#memory.update(FILTER_KEY, isAll ? undefined : filter).then(undefined, () => {});
    this.#updateContext();
    return filter;
  }

  async #prompt(): Promise<FileFilter | undefined> {
    const { l10n } = vscode;
    const ask = (prompt: string, placeHolder: string, value: string, step: number) =>
      vscode.window.showInputBox({
        title: l10n.t('Files for Questions about Workspace and Folders ({0}/2)', step),
        prompt,
        placeHolder,
        value,
        ignoreFocusOut: true,
        validateInput: (typed) =>
          typed.length > MOST_UNITS ? l10n.t('At most {0} characters.', MOST_UNITS) : undefined,
      });
    const { include, exclude } = this.#filter;
    const wanted = await ask(l10n.t('Files to include; empty: all files'), '*.md, contracts/**', include, 1);
    if (wanted === undefined) return undefined;
    const unwanted = await ask(l10n.t('Files to exclude; empty: none'), 'drafts/**, *.log', exclude, 2);
    return unwanted === undefined ? undefined : { include: wanted.trim(), exclude: unwanted.trim() };
  }

  #updateContext(): void {
    const { include, exclude } = this.#filter;
    void vscode.commands.executeCommand('setContext', 'askBert.hasFileFilter', include !== '' || exclude !== '');
  }
}

/** Undefined: no filter, or a damaged one. */
export function filterOf(value: unknown): FileFilter | undefined {
  const { include = '', exclude = '' } = (value ?? {}) as Record<string, unknown>;
  const isList = (list: unknown): list is string => typeof list === 'string' && list.length <= MOST_UNITS;
  if (typeof value !== 'object' || value === null || !('include' in value || 'exclude' in value)) return undefined;
  return isList(include) && isList(exclude) ? { include: include.trim(), exclude: exclude.trim() } : undefined;
}

/** "only *.md, without drafts/**"; undefined: all files. */
export function filterText({ include, exclude }: FileFilter): string | undefined {
  const { l10n } = vscode;
  const parts = [
    ...(include ? [l10n.t('only {0}', oneLine(include, 100))] : []),
    ...(exclude ? [l10n.t('without {0}', oneLine(exclude, 100))] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : undefined;
}

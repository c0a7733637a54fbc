/** The documents of a question about more than one. */
import * as vscode from 'vscode';
import { oneLine } from './texts.js';

export type Scope =
  | { kind: 'workspace' }
  | { kind: 'editors' }
  /** Files and folders. */
  | { kind: 'folder'; uris: readonly vscode.Uri[] };

/** The parts of a scope shown to the user. */
export function scopeText(scope: Scope): string {
  const { l10n } = vscode;
  switch (scope.kind) {
    case 'workspace':
      return l10n.t('workspace');
    case 'editors':
      return l10n.t('open editors');
    case 'folder': {
      const [first, ...others] = scope.uris;
      const name = first ? oneLine(nameOf(first), 200) : '';
      return others.length > 0 ? l10n.t('{0} and {1} more', name, others.length) : name;
    }
  }
}

/** The path in the workspace; of a folder of the workspace its name, not where it is on this machine. */
function nameOf(uri: vscode.Uri): string {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  return folder?.uri.path.replace(/\/$/, '') === uri.path.replace(/\/$/, '')
    ? folder.name
    : vscode.workspace.asRelativePath(uri);
}

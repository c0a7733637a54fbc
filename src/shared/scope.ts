/** Which documents a question is about, where it is about more than one. */
import * as vscode from 'vscode';

export type Scope =
  | { kind: 'workspace' }
  | { kind: 'editors' }
  /** Files and folders. */
  | { kind: 'folder'; uris: readonly vscode.Uri[] };

/** What the user sees of a scope. */
export function scopeText(scope: Scope): string {
  const { l10n } = vscode;
  switch (scope.kind) {
    case 'workspace':
      return l10n.t('workspace');
    case 'editors':
      return l10n.t('open editors');
    case 'folder': {
      const [first, ...others] = scope.uris;
      const name = first ? vscode.workspace.asRelativePath(first) : '';
      return others.length > 0 ? l10n.t('{0} and {1} more', name, others.length) : name;
    }
  }
}

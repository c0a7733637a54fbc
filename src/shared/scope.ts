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
      const name = first ? oneLine(vscode.workspace.asRelativePath(first), 200) : '';
      return others.length > 0 ? l10n.t('{0} and {1} more', name, others.length) : name;
    }
  }
}

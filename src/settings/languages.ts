/**
 * Where the editor's language configurations are: the sidecar reads the comment syntax of languages it does not know.
 */
import * as vscode from 'vscode';

interface Contribution {
  id?: unknown;
  configuration?: unknown;
}

/** The language configurations of all extensions on this machine, by language identifier. */
export function languageConfigurations(): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { packageJSON, extensionUri } of vscode.extensions.all) {
    const languages: unknown = packageJSON?.contributes?.languages;
    if (extensionUri.scheme !== 'file' || !Array.isArray(languages)) continue;
    for (const { id, configuration } of languages as Contribution[]) {
      if (typeof id !== 'string' || typeof configuration !== 'string') continue;
      files[id] ??= vscode.Uri.joinPath(extensionUri, configuration).fsPath;
    }
  }
  return files;
}

/**
 * The extension in a window without a process beside it (VS Code in a browser alone): every command explains why it
 * cannot answer.
 */
import * as vscode from 'vscode';
import { inform } from './shared/messages.js';

export function activate(context: vscode.ExtensionContext): void {
  let open = false;
  const explain = async (): Promise<void> => {
    // Only once: the message may still be shown.
    if (open) return;
    open = true;
    try {
      await inform(
        vscode.l10n.t(
          'Ask BERT cannot answer in this window: its model runs in a process on your machine, which a browser alone cannot start. Open the folder in the desktop VS Code, or connect this window to a remote machine.',
        ),
      );
    } finally {
      open = false;
    }
  };
  const { contributes } = context.extension.packageJSON as { contributes: { commands: { command: string }[] } };
  for (const { command } of contributes.commands) {
    context.subscriptions.push(vscode.commands.registerCommand(command, explain));
  }
}

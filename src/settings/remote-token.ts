/** The token of the remote server: in VS Code's secret storage, never in the settings. */
import * as vscode from 'vscode';
import type { CommandTable } from '../shared/command-table.js';
import { complain, flash } from '../shared/messages.js';

const KEY = 'askBert.remoteToken';

export class RemoteToken implements vscode.Disposable {
  readonly #secrets: vscode.SecretStorage;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable;
  #current: string | undefined;
  readonly onDidChange = this.#changed.event;
  readonly table: CommandTable = { setRemoteToken: () => this.#ask() };

  constructor(secrets: vscode.SecretStorage, log: vscode.LogOutputChannel) {
    this.#secrets = secrets;
    this.#log = log;
    this.#subscription = secrets.onDidChange(({ key }) => {
      if (key === KEY) this.#changed.fire();
    });
  }

  /** As last read. */
  get now(): string | undefined {
    return this.#current;
  }

  /** Reads it again; never rejects. */
  async read(): Promise<string | undefined> {
    try {
      this.#current = (await this.#secrets.get(KEY)) || undefined;
    } catch (error) {
      this.#current = undefined;
      this.#log.error(`The token of the remote server cannot be read: ${(error as Error).message}`);
    }
    return this.#current;
  }

  async #ask(): Promise<void> {
    const { l10n } = vscode;
    const token = await vscode.window.showInputBox({
      title: l10n.t('Token of the Remote Server'),
      prompt: l10n.t('Sent to the servers in askBert.remote.url, and kept in the secret storage. Empty: none.'),
      password: true,
      ignoreFocusOut: true,
      // It becomes a header of a request.
      validateInput: (value) =>
        /^[\x21-\x7e]*$/.test(value.trim())
          ? undefined
          : l10n.t('A token has only letters, digits and signs of ASCII.'),
    });
    if (token === undefined) return;
    try {
      if (token.trim()) await this.#secrets.store(KEY, token.trim());
      else await this.#secrets.delete(KEY);
      this.#changed.fire();
      flash(token.trim() ? l10n.t('Ask BERT: token kept') : l10n.t('Ask BERT: token removed'), 5000);
    } catch (error) {
      void complain(l10n.t('Ask BERT: the token cannot be kept: {0}.', (error as Error).message));
    }
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}

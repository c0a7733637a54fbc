/** Warnings that come with a result: in the log, and as messages, those that stay true only once. */
import * as vscode from 'vscode';
import type { Warning } from '../../server/protocol.js';
import { warn } from '../shared/messages.js';

/** Engine, language of the model and file stay the same from question to question: one message is enough. */
const ONCE = new Set<Warning['code']>(['EngineFallback', 'PrecisionFallback', 'OtherLanguage', 'PartlyExtracted']);

export class Warnings {
  readonly #log: vscode.LogOutputChannel;
  readonly #told = new Set<string>();

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
  }

  tell(warnings: readonly Warning[]): void {
    for (const { code, message } of warnings) {
      this.#log.warn(`${code}: ${message}`);
      const key = code === 'EngineFallback' ? code : message;
      if (ONCE.has(code) && this.#told.has(key)) continue;
      this.#told.add(key);
      const models = vscode.l10n.t('Manage Models');
      const actions = code === 'OtherLanguage' ? [models] : [];
      void warn(`Ask BERT: ${message}`, ...actions).then((choice) => {
        if (choice) void vscode.commands.executeCommand('askBert.manageModels');
      });
    }
  }
}

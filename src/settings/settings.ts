/** The current VS Code settings. Wrong ones are reported once, in one warning, and not used. */
import * as vscode from 'vscode';
import type { AskOptions, SidecarSettings } from '../../server/protocol.js';
import { warn } from '../shared/messages.js';
import { languageConfigurations } from './languages.js';
import { type Problem, type Settings, sanitise } from './settings-table.js';

export const SECTION = 'askBert';

export class SettingsReader implements vscode.Disposable {
  readonly #log: vscode.LogOutputChannel;
  #current: Settings;
  #reported = '';
  readonly #changed = new vscode.EventEmitter<Settings>();
  readonly #subscription: vscode.Disposable;
  readonly onDidChange = this.#changed.event;

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
    this.#current = this.#read();
    this.#subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration(SECTION)) return;
      this.#current = this.#read();
      this.#changed.fire(this.#current);
    });
  }

  get now(): Settings {
    return this.#current;
  }

  #read(): Settings {
    const configuration = vscode.workspace.getConfiguration(SECTION);
    const { settings, problems } = sanitise((key) => configuration.get(key));
    this.#report(problems);
    return settings;
  }

  #report(problems: Problem[]): void {
    const lines = problems.map(({ key, found, expected }) =>
      vscode.l10n.t('{0} is {1}, expected {2}', `${SECTION}.${key}`, JSON.stringify(found) ?? String(found), expected),
    );
    const text = lines.join('; ');
    const [first] = problems;
    if (text === this.#reported) return;
    this.#reported = text;
    if (!first) return;
    this.#log.warn(`Settings: ${text}`);
    const open = vscode.l10n.t('Open Settings');
    const warning = vscode.l10n.t('Ask BERT: {0}. The default is used instead.', text);
    void warn(warning, open).then((choice) => {
      if (choice === open) openSettings(`${SECTION}.${first.key}`);
    });
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}

/** Opens the settings editor. @param query a key, or another search term */
export function openSettings(query: string): void {
  // Engine and model are machine settings: the user settings do not show those of a remote machine.
  if (vscode.env.remoteName === undefined) void vscode.commands.executeCommand('workbench.action.openSettings', query);
  else void vscode.commands.executeCommand('workbench.action.openRemoteSettings', { query });
}

/** The settings that the sidecar needs. @param cacheFolder where built engines are kept */
export function sidecarSettings(settings: Settings, cacheFolder: string): SidecarSettings {
  const { engine, precision, modelPath, tensorRtPath, threads, idleUnloadMinutes } = settings;
  const { language: locale } = vscode.env;
  const languages = languageConfigurations();
  return { engine, precision, modelPath, tensorRtPath, cacheFolder, threads, idleUnloadMinutes, languages, locale };
}

/** Options sent with each question; null means the model's default and is left out. */
export function askOptions(settings: Settings): AskOptions {
  const options: AskOptions = { topK: settings.alternatives, maxAnswerLength: settings.maxAnswerLength };
  if (settings.docStride !== null) options.docStride = settings.docStride;
  if (settings.noAnswerThreshold !== null) options.noAnswerThreshold = settings.noAnswerThreshold;
  if (settings.readingView !== 'auto') options.readAs = settings.readingView;
  return options;
}

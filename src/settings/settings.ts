/** The current VS Code settings. Wrong ones are reported once, in one warning, and not used. */
import * as vscode from 'vscode';
import type { AskOptions, SidecarSettings } from '../../server/protocol.js';
import { warn } from '../shared/messages.js';
import { languageConfigurations } from './languages.js';
import type { RemoteToken } from './remote-token.js';
import { type Problem, type SettingKey, type Settings, sanitise, settingValue } from './settings-table.js';

export const SECTION = 'askBert';

export class SettingsReader implements vscode.Disposable {
  readonly #log: vscode.LogOutputChannel;
  #current: Settings;
  #reported = '';
  #ignored = '';
  readonly #changed = new vscode.EventEmitter<Settings>();
  readonly #subscription: vscode.Disposable;
  readonly #token: RemoteToken | undefined;
  readonly onDidChange = this.#changed.event;

  /** @param token of the remote server */
  constructor(log: vscode.LogOutputChannel, token?: RemoteToken) {
    this.#log = log;
    this.#token = token;
    this.#current = this.#read();
    this.#subscription = vscode.Disposable.from(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration(SECTION)) return;
        this.#current = this.#read();
        this.#changed.fire(this.#current);
      }),
      token?.onDidChange(() => this.#changed.fire(this.#current)) ?? { dispose: () => {} },
    );
  }

  /** Of the remote server, as last read. */
  get token(): string | undefined {
    return this.#current.engine === 'remote' ? this.#token?.now : undefined;
  }

  /** The secret storage is only asked when a server is used. */
  async readToken(): Promise<void> {
    if (this.#current.engine === 'remote') await this.#token?.read();
  }

  get now(): Settings {
    return this.#current;
  }

  #read(): Settings {
    const ignored: SettingKey[] = [];
    const { settings, problems } = sanitise((key) => {
      const found = readSetting(key);
      if (found.ignored) ignored.push(key);
      return found.value;
    });
    this.#report(problems);
    // Of a folder that is not trusted VS Code itself takes no such setting, and says so.
    this.#sayIgnored(vscode.workspace.isTrusted ? ignored : []);
    return settings;
  }

  /** A workspace that set where token ids go is a surprise that the user should know of; said once. */
  #sayIgnored(keys: readonly SettingKey[]): void {
    const text = keys.map((key) => `${SECTION}.${key}`).join(', ');
    if (text === this.#ignored) return;
    this.#ignored = text;
    if (text === '') return;
    this.#log.warn(`Settings of the workspace that are not used: ${text}`);
    void warn(
      vscode.l10n.t(
        'Ask BERT: this workspace sets {0}, which is ignored: only you decide where token ids are sent, in your user settings.',
        text,
      ),
    );
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

/** A setting as it is used, and whether a workspace set one that is not. */
export function readSetting(key: SettingKey): { value: unknown; ignored: boolean } {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  const { defaultValue, globalValue, workspaceValue, workspaceFolderValue } = configuration.inspect(key) ?? {};
  return settingValue(key, configuration.get(key), {
    default: defaultValue,
    user: globalValue,
    workspace: workspaceValue,
    folder: workspaceFolderValue,
  });
}

/** Opens the settings editor. @param query a key, or another search term */
export function openSettings(query: string): void {
  // Engine and model are machine settings: the user settings do not show those of a remote machine.
  if (vscode.env.remoteName === undefined) void vscode.commands.executeCommand('workbench.action.openSettings', query);
  else void vscode.commands.executeCommand('workbench.action.openRemoteSettings', { query });
}

/**
 * The settings that the sidecar needs.
 * @param cacheFolder where built engines are kept
 * @param remoteToken of the server of the engine `remote`
 */
export function sidecarSettings(settings: Settings, cacheFolder: string, remoteToken?: string): SidecarSettings {
  const { engine, precision, modelPath, tensorRtPath, threads, idleUnloadMinutes } = settings;
  const { language: locale } = vscode.env;
  const languages = languageConfigurations();
  const usual = {
    engine,
    precision,
    modelPath,
    tensorRtPath,
    cacheFolder,
    threads,
    idleUnloadMinutes,
    languages,
    locale,
  };
  // Nobody else needs to know them.
  if (engine !== 'remote') return usual;
  return {
    ...usual,
    remoteUrl: settings['remote.url'],
    remoteModel: settings['remote.model'],
    remoteFallback: settings['remote.fallback'],
    remoteToken,
    remoteProxy: vscode.workspace.getConfiguration('http').get<string>('proxy') || undefined,
  };
}

/** Options sent with each question; null means the model's default and is left out. */
export function askOptions(settings: Settings): AskOptions {
  const options: AskOptions = { topK: settings.alternatives, maxAnswerLength: settings.maxAnswerLength };
  if (settings.docStride !== null) options.docStride = settings.docStride;
  if (settings.noAnswerThreshold !== null) options.noAnswerThreshold = settings.noAnswerThreshold;
  if (settings.readingView !== 'auto') options.readAs = settings.readingView;
  return options;
}

/** The language status entry of Ask BERT: engine, model, times, and problems. */
import * as vscode from 'vscode';
import type { SettingsReader } from '../settings/settings.js';
import { asLabel, asMessage } from '../shared/markdown.js';
import type { SidecarState } from './state.js';
import { backgroundText, checkText, isFallback, sentText, shortLatencyText, stateText } from './status-text.js';

/** Its contents, independent of VS Code. */
export interface LanguageStatusFace {
  text: string;
  detail: string;
  severity: vscode.LanguageStatusSeverity;
  busy: boolean;
  command: vscode.Command;
}

export class LanguageStatus implements vscode.Disposable {
  readonly #state: SidecarState;
  readonly #settings: SettingsReader;
  readonly #item = vscode.languages.createLanguageStatusItem('askBert.engine', '*');
  readonly #subscriptions: vscode.Disposable[];

  constructor(state: SidecarState, settings: SettingsReader) {
    this.#state = state;
    this.#settings = settings;
    this.#item.name = 'Ask BERT';
    this.#subscriptions = [this.#item, state.onDidChange(() => this.#show()), settings.onDidChange(() => this.#show())];
    this.#show();
  }

  #show(): void {
    const face = languageStatusFace(this.#state, this.#settings.now.engine);
    Object.assign(this.#item, face);
    this.#item.accessibilityInformation = { label: [face.text, face.detail].filter(Boolean).join(', ') };
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

/** @param wish the engine in the settings */
export function languageStatusFace(
  { status, info, latencies }: Pick<SidecarState, 'status' | 'info' | 'latencies'>,
  wish: string,
): LanguageStatusFace {
  const { l10n } = vscode;
  const { Information, Warning, Error: Failed } = vscode.LanguageStatusSeverity;
  const engine = info?.engine;
  const isError = status.state === 'error';
  const isWarning = isFallback(wish, engine);
  const running = engine ? `${engine.name}, ${engine.precision}` : stateText(status);
  const details = isError ? [] : [shortLatencyText(latencies), engine && `${engine.model}, ${engine.device}`];
  if (!isError && engine?.check) details.push(checkText(engine.check));
  if (!isError) details.unshift(backgroundText(status), sentText(engine));
  if (isWarning) details.unshift(l10n.t('{0} is requested in the settings', wish));
  return {
    text: plain(`Ask BERT: ${isError ? (status.message ?? stateText(status)) : running}`),
    detail: plain(details.filter((each) => each !== undefined).join(' · ')),
    severity: isError ? Failed : isWarning ? Warning : Information,
    busy: status.state === 'busy' || status.state === 'loading' || status.building !== undefined,
    command: isError
      ? { title: l10n.t('Restart Server'), command: 'askBert.restartServer' }
      : isWarning
        ? { title: l10n.t('Report Diagnostics'), command: 'askBert.reportDiagnostics' }
        : { title: l10n.t('Ask'), command: 'askBert.ask' },
  };
}

/** Names of models and devices are shown as text, without icons or links. */
const plain = (text: string) => asLabel(asMessage(text));

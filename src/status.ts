/** One item in the status bar: which answer is shown, what the sidecar does, and, in its tooltip, with what. */
import * as vscode from 'vscode';
import type { Info, Status } from '../server/protocol.js';
import type { AnswerStore } from './answers.js';
import { announcement, percent } from './hover.js';
import { asLabel, asMarkdown } from './markdown.js';
import type { Sidecar } from './sidecar.js';

/** How long it is said in the status bar that an engine took over. */
const NOTICE_MS = 8000;

export class StatusItem implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly subscriptions: vscode.Disposable[];
  private status: Status = { state: 'idle', queued: 0 };
  private info: Info | undefined;
  private lastMs: number | undefined;

  constructor(
    private readonly store: AnswerStore,
    private readonly sidecar: Sidecar,
  ) {
    this.item = vscode.window.createStatusBarItem('askBert.status', vscode.StatusBarAlignment.Right, 1);
    this.item.name = 'Ask BERT';
    this.subscriptions = [
      this.item,
      store.onDidChange(() => this.show()),
      vscode.window.onDidChangeActiveTextEditor(() => this.show()),
      sidecar.onStatus((status) => {
        if (status.notice && status.notice !== this.status.notice) {
          vscode.window.setStatusBarMessage(asLabel(`Ask BERT: ${status.notice}`), NOTICE_MS);
        }
        this.status = status;
        this.show();
        if (status.state !== 'busy' && status.state !== 'loading') void this.refresh();
      }),
    ];
    this.show();
    this.item.show();
  }

  /** A question took so long, from Enter to the highlight. */
  answered(totalMs: number): void {
    this.lastMs = totalMs;
    void this.refresh();
  }

  private async refresh(): Promise<void> {
    this.info = await this.sidecar.info();
    this.show();
  }

  private show(): void {
    const { item, status } = this;
    const entry = this.store.of(vscode.window.activeTextEditor?.document);
    let label = 'Ask BERT';
    item.command = 'askBert.ask';
    if (status.state === 'error') {
      item.text = '$(warning) Ask BERT';
      item.command = 'askBert.showLog';
      label = `Ask BERT: ${status.message ?? stateText(status)}`;
    } else if (entry) {
      item.text = `$(question) ${entry.current.rank}/${entry.found} · ${percent(entry.current.probability)}`;
      item.command = 'askBert.nextAnswer';
      label = `Ask BERT: ${announcement(entry)}`;
    } else {
      item.text = status.state === 'loading' ? '$(loading~spin) Ask BERT' : '$(question) Ask BERT';
      const background = backgroundText(status);
      if (status.building && background) label = `Ask BERT: ${background}`;
    }
    item.accessibilityInformation = { label, role: 'status' };
    item.tooltip = this.tooltip();
  }

  private tooltip(): vscode.MarkdownString {
    const { l10n } = vscode;
    const { info, lastMs, status } = this;
    const text = new vscode.MarkdownString(undefined, false);
    text.isTrusted = { enabledCommands: ['askBert.restartServer', 'askBert.showLog'] };
    const lines = [`**Ask BERT** – ${asMarkdown(status.message ?? stateText(status))}`];
    const background = backgroundText(status);
    if (background) lines.push(asMarkdown(background));
    if (info?.engine) {
      const { name, device, precision, model, threads } = info.engine;
      lines.push(asMarkdown(l10n.t('Engine: {0}, {1}', name, device)));
      const on = threads === 1 ? l10n.t('1 thread') : l10n.t('{0} threads', threads);
      lines.push(asMarkdown(l10n.t('Model: {0}, {1}, {2}', model, precision, on)));
    }
    if (info) lines.push(asMarkdown(l10n.t('Memory: {0} MB', Math.round(info.residentBytes / 1e6))));
    if (lastMs !== undefined) lines.push(asMarkdown(l10n.t('Last answer: {0} ms', Math.round(lastMs))));
    const restart = `[${l10n.t('Restart Server')}](command:askBert.restartServer)`;
    lines.push(`${restart} | [${l10n.t('Show Log')}](command:askBert.showLog)`);
    return text.appendMarkdown(lines.join('\n\n'));
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

/** What happens beside the questions, or what became of it; undefined: nothing. */
export function backgroundText({ building, notice }: Status): string | undefined {
  if (!building) return notice;
  const { device, done } = building;
  return vscode.l10n.t(
    'Building the engine for {0}: {1} %, the CPU answers meanwhile',
    device,
    Math.floor(100 * Math.min(1, Math.max(0, done))),
  );
}

function stateText({ state, queued }: Status): string {
  const { l10n } = vscode;
  switch (state) {
    case 'loading':
      return l10n.t('loading the model');
    case 'ready':
      return l10n.t('ready');
    case 'busy':
      return queued > 0 ? l10n.t('reading, {0} more waiting', queued) : l10n.t('reading');
    case 'unloaded':
      return l10n.t('model freed; it is loaded again at the next question');
    case 'error':
      return l10n.t('error');
    default:
      return l10n.t('not started; starts at the first question');
  }
}

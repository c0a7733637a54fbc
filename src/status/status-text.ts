/** Texts about the sidecar in the status bar and the language status. */
import * as vscode from 'vscode';
import type { EngineCheck, EngineDetails, Status } from '../../server/protocol.js';
import type { Latencies } from './latency.js';

export function stateText({ state, queued }: Status): string {
  const { l10n } = vscode;
  switch (state) {
    case 'loading':
      return l10n.t('loading the model');
    case 'ready':
      return l10n.t('ready');
    case 'busy':
      return queued > 0 ? l10n.t('reading, {0} more waiting', queued) : l10n.t('reading');
    case 'unloaded':
      return l10n.t('model unloaded; it is loaded again for the next question');
    case 'error':
      return l10n.t('error');
    default:
      return l10n.t('not started; starts at the first question');
  }
}

/** Background work, or its outcome; undefined: none. */
export function backgroundText({ building, notice }: Status): string | undefined {
  if (!building) return notice;
  const { device, done } = building;
  return vscode.l10n.t(
    'Building the engine for {0}: {1} %, the CPU answers meanwhile',
    device,
    Math.floor(100 * Math.min(1, Math.max(0, done))),
  );
}

/** The last answer and the percentiles of the session, in whole milliseconds; undefined: none yet. */
export function latencyText(latencies: Latencies): string | undefined {
  const { l10n } = vscode;
  const { last, count } = latencies;
  if (last === undefined) return undefined;
  const text = l10n.t('Last answer: {0} ms', Math.round(last));
  if (count < 2) return text;
  const [p50, p95] = percentiles(latencies);
  return `${text}; ${l10n.t('{0} answers: p50 {1} ms, p95 {2} ms', count, p50, p95)}`;
}

/** The same in short, for a single line: "141 ms (p50 95 ms, p95 230 ms)". */
export function shortLatencyText(latencies: Latencies): string | undefined {
  const { last, count } = latencies;
  if (last === undefined) return undefined;
  if (count < 2) return vscode.l10n.t('{0} ms', Math.round(last));
  const [p50, p95] = percentiles(latencies);
  return vscode.l10n.t('{0} ms (p50 {1} ms, p95 {2} ms)', Math.round(last), p50, p95);
}

/** p50 and p95 in whole milliseconds, once there are answers. */
function percentiles(latencies: Latencies): [p50: number, p95: number] {
  const at = (p: number) => Math.round(latencies.percentile(p) ?? 0);
  return [at(50), at(95)];
}

/** How far the engine's logits are from the model's, in the check after loading. */
export const checkText = ({ difference, tolerance }: EngineCheck): string =>
  vscode.l10n.t('Check: logits within {0} ({1} allowed)', difference.toPrecision(2), tolerance.toPrecision(2));

/** What leaves the machine; undefined: nothing. */
export const sentText = (engine: EngineDetails | null | undefined): string | undefined =>
  engine?.name === 'remote'
    ? vscode.l10n.t('The token ids of what you ask and ask about are sent to {0}.', engine.device)
    : undefined;

/** TensorRT or a server is set, but something else answers. */
export const isFallback = (wish: string, engine: EngineDetails | null | undefined): boolean =>
  (wish.startsWith('tensorrt') || wish === 'remote') && engine !== undefined && engine !== null && engine.name !== wish;

export interface Action {
  title: string;
  command: string;
}

/** What can be done from the status bar. */
export function statusActions(): Action[] {
  const { l10n } = vscode;
  return [
    { title: l10n.t('Ask'), command: 'askBert.ask' },
    { title: l10n.t('Manage Models'), command: 'askBert.manageModels' },
    { title: l10n.t('Open Settings'), command: 'askBert.openSettings' },
    { title: l10n.t('Restart Server'), command: 'askBert.restartServer' },
    { title: l10n.t('Show Log'), command: 'askBert.showLog' },
    { title: l10n.t('Report Diagnostics'), command: 'askBert.reportDiagnostics' },
  ];
}

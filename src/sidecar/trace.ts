/** What `askBert.trace.server` writes into the log: every message to the sidecar, but never the token of a server. */
import type * as vscode from 'vscode';

/** The value of the setting in JSON, with whatever is escaped in it. */
const TOKEN = /("remoteToken"\s*:\s*)"(?:[^"\\]|\\.)*"/g;
/** A shorter one may be part of any word. */
const SHORTEST = 6;

/** @param token wherever else it may stand, as it is or in JSON */
export function redacted(message: string, token = ''): string {
  let text = message.replace(TOKEN, '$1"…"');
  if (token.length >= SHORTEST) {
    for (const each of [token, JSON.stringify(token).slice(1, -1)]) text = text.replaceAll(each, '…');
  }
  return text;
}

/** The same log, for traces. @param token asked for with each of them */
export const withoutToken = (log: vscode.LogOutputChannel, token: () => string | undefined): vscode.LogOutputChannel =>
  Object.create(log, {
    trace: { value: (message: string, ...more: unknown[]) => log.trace(redacted(message, token()), ...more) },
  });

/** The other side: what the page says to the extension, and the files that it asks for. */
import type { AssetFolder, FromPage, ViewState } from '../../src/page-view/messages.js';

interface VsCodeApi {
  postMessage(message: FromPage): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

const vscode = acquireVsCodeApi();
const waiting = new Map<number, { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }>();
let asked = 0;

export const send = (message: FromPage): void => vscode.postMessage(message);

/** Kept by VS Code with the tab, over a restart of the window too. */
export const savedState = (): unknown => vscode.getState();
export function saveState(state: ViewState): void {
  vscode.setState(state);
  send({ type: 'state', state });
}

/** A file of pdf.js; the page itself cannot load anything. @throws if there is none of that name */
export function asset(folder: AssetFolder, name: string): Promise<Uint8Array> {
  const id = asked++;
  send({ type: 'asset', id, folder, name });
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

export function assetArrived(id: number, bytes: Uint8Array | undefined): void {
  const request = waiting.get(id);
  waiting.delete(id);
  if (bytes) request?.resolve(bytes);
  else request?.reject(new Error('This file does not ship.'));
}

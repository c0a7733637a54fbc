/**
 * Stands in for the module `vscode`, so that src/sidecar/supervisor.ts and the language client run in plain Node: real events and
 * cancellation, and for everything else something that can be called, constructed and listened to and does nothing.
 */

import { shown } from './shown.js';

class Disposable {
  constructor(private readonly end: () => unknown = () => {}) {}
  static from(...all: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const each of all) each.dispose();
    });
  }
  dispose(): void {
    this.end();
  }
}

class EventEmitter<T> {
  private readonly listeners = new Set<(value: T) => unknown>();
  readonly event = (listener: (value: T) => unknown): Disposable => {
    this.listeners.add(listener);
    return new Disposable(() => this.listeners.delete(listener));
  };
  fire(value: T): void {
    for (const listener of [...this.listeners]) listener(value);
  }
  dispose(): void {
    this.listeners.clear();
  }
}

class CancellationTokenSource {
  private readonly emitter = new EventEmitter<void>();
  readonly token = { isCancellationRequested: false, onCancellationRequested: this.emitter.event };
  cancel(): void {
    if (this.token.isCancellationRequested) return;
    this.token.isCancellationRequested = true;
    this.emitter.fire();
  }
  dispose(): void {
    this.emitter.dispose();
  }
}

const real: Record<string, unknown> = {
  Disposable,
  EventEmitter,
  CancellationTokenSource,
  CancellationError: class extends Error {},
  version: '1.106.0',
  l10n: {
    t: (message: string, ...values: unknown[]) => message.replace(/\{(\d+)\}/g, (_, i) => String(values[Number(i)])),
  },
  env: { language: 'en', appName: 'test' },
  extensions: { all: [] },
  workspace: {
    workspaceFolders: undefined,
    textDocuments: [],
    notebookDocuments: [],
    getConfiguration: () => ({ get: () => undefined, inspect: () => undefined }),
  },
  window: {
    showErrorMessage: async (text: string) => void shown.push(text),
    visibleTextEditors: [],
    visibleNotebookEditors: [],
    activeTextEditor: undefined,
  },
};

/** Anything: its members are anything too; called, it gives something to dispose of; extended, it is a class. */
function anything(known: Record<string, unknown> = {}): unknown {
  const target = class extends Disposable {};
  return new Proxy(target, {
    get(self, key) {
      if (key in known) {
        const value = known[key as string];
        return isPlain(value) ? anything(value) : value;
      }
      // Else an import would copy the module's own members, of which it has none.
      if (key === '__esModule') return true;
      if (typeof key === 'symbol' || key === 'prototype' || key === 'then') return Reflect.get(self, key);
      known[key] = anything();
      return known[key];
    },
    has: () => true,
    apply: () => new Disposable(),
  });
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

// As a prototype: a bundled import copies own members and keeps what is behind them.
module.exports = Object.create(anything(real) as object);

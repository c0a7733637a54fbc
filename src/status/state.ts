/** State of the sidecar for display: what it does, with which engine and model, and how long answers take. */
import * as vscode from 'vscode';
import type { Info, Status } from '../../server/protocol.js';
import type { Sidecar } from '../sidecar/supervisor.js';
import { Latencies } from './latency.js';

export class SidecarState implements vscode.Disposable {
  readonly #sidecar: Sidecar;
  status: Status = { state: 'idle', queued: 0 };
  /** As far as it is known; undefined: it has not run yet. */
  info: Info | undefined;
  readonly latencies = new Latencies();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #noticed = new vscode.EventEmitter<string>();
  /** Notices already shown: a reloaded model repeats them. */
  readonly #told = new Set<string>();
  /** A notice to show once. */
  readonly onNotice = this.#noticed.event;
  readonly #subscription: vscode.Disposable;

  constructor(sidecar: Sidecar) {
    this.#sidecar = sidecar;
    this.#subscription = sidecar.onStatus((status) => {
      this.status = status;
      this.#tell(status.notice);
      this.#changed.fire();
      if (status.state !== 'busy' && status.state !== 'loading') void this.#refresh();
    });
  }

  /** Records how long a question took, from Enter to the highlight. */
  answered(totalMs: number): void {
    this.latencies.add(totalMs);
    this.#changed.fire();
  }

  #tell(notice: string | undefined): void {
    if (!notice || this.#told.has(notice)) return;
    this.#told.add(notice);
    this.#noticed.fire(notice);
  }

  async #refresh(): Promise<void> {
    this.info = await this.#sidecar.info();
    this.#changed.fire();
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
    this.#noticed.dispose();
  }
}

/** What is known of the sidecar: what it does, with what, and how long its answers take. For everything that shows it. */
import * as vscode from 'vscode';
import type { Info, Status } from '../../server/protocol.js';
import type { Sidecar } from '../sidecar/supervisor.js';
import { Latencies } from './latency.js';

export class SidecarState implements vscode.Disposable {
  status: Status = { state: 'idle', queued: 0 };
  /** As far as it is known; undefined: it has not run yet. */
  info: Info | undefined;
  readonly latencies = new Latencies();
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly noticed = new vscode.EventEmitter<string>();
  /** What the user was told: a model that is loaded again has nothing new to say. */
  private readonly told = new Set<string>();
  /** Something the user is told once. */
  readonly onNotice = this.noticed.event;
  private readonly subscription: vscode.Disposable;

  constructor(private readonly sidecar: Sidecar) {
    this.subscription = sidecar.onStatus((status) => {
      this.status = status;
      this.tell(status.notice);
      this.changed.fire();
      if (status.state !== 'busy' && status.state !== 'loading') void this.refresh();
    });
  }

  /** A question took so long, from Enter to the highlight. */
  answered(totalMs: number): void {
    this.latencies.add(totalMs);
    this.changed.fire();
  }

  private tell(notice: string | undefined): void {
    if (!notice || this.told.has(notice)) return;
    this.told.add(notice);
    this.noticed.fire(notice);
  }

  private async refresh(): Promise<void> {
    this.info = await this.sidecar.info();
    this.changed.fire();
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
    this.noticed.dispose();
  }
}

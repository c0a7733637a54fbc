/** One server with the model: an engine without retries, as the golden check and the replicas use it. */
import { t } from '../../l10n.js';
import type { EngineDetails } from '../../protocol.js';
import { largest } from '../../text/arrays.js';
import type { Engine, Logits, WindowBatch } from '../engine.js';
import { RemoteFault } from './fault.js';
import type { RemoteHttp } from './http.js';
import { type Contract, type Needed, readContract, saidBy } from './metadata.js';
import { answerLimit, decodeAnswer, encodeRequest, type Rows } from './tensors.js';

/** A batch takes milliseconds on a GPU and seconds on a busy processor. */
const TIMEOUT_MS = 30_000;
/** Rows are padded to a multiple of it: servers merge requests of equal shape only. */
const PADDED_TO = 32;

export class RemoteServer implements Engine {
  readonly host: string;
  readonly info: EngineDetails;
  readonly batchPieces: number;
  readonly #http: RemoteHttp;
  readonly #base: string;
  readonly #model: string;
  readonly #needed: Needed;
  readonly #timeoutMs: number;
  #contract: Contract | undefined;
  /** Of the model, in the first answer after connecting. */
  #version: string | undefined;

  /** @param name of the model here */
  constructor(http: RemoteHttp, base: string, model: string, name: string, needed: Needed, timeoutMs = TIMEOUT_MS) {
    this.#http = http;
    this.#base = base;
    this.#model = model;
    this.#needed = needed;
    this.#timeoutMs = timeoutMs;
    this.host = new URL(base).host;
    this.batchPieces = needed.maxLength;
    this.info = {
      name: 'remote',
      device: this.host,
      model: name,
      precision: 'fp32',
      library: 'KServe v2',
      libraryVersion: '',
      threads: 0,
      loadMs: 0,
    };
  }

  /** Rows of the largest request; only after connecting. */
  get maxRows(): number {
    return this.#contract?.maxRows ?? 1;
  }

  /** Reads and checks what the server says about the model. @throws RemoteFault, the signal's reason */
  async connect(signal?: AbortSignal): Promise<void> {
    const began = performance.now();
    this.#contract = await readContract(this.#http, this.#base, this.#model, this.#needed, signal);
    this.#version = undefined;
    this.info.library = this.#contract.server;
    this.info.libraryVersion = this.#contract.serverVersion;
    this.info.loadMs = performance.now() - began;
  }

  /** All rows, one request after the other. @throws RemoteFault, the signal's reason */
  async run(batch: WindowBatch, signal?: AbortSignal): Promise<Logits> {
    const logits = emptyLogits(batch);
    for (let from = 0; from < batch.count; from += this.maxRows) {
      await this.runRows(batch, from, Math.min(batch.count, from + this.maxRows), logits, signal);
    }
    return logits;
  }

  /** Rows [from, to), at most `maxRows`, in one request; their logits are put where they belong. */
  async runRows(batch: WindowBatch, from: number, to: number, into: Logits, signal?: AbortSignal): Promise<void> {
    const contract = this.#contract;
    if (!contract) throw new RemoteFault('lost', t('{0} is not connected.', this.host));
    const longest = largest(batch.lengths.subarray(from, to));
    const padded = Math.min(this.#needed.maxLength, Math.ceil(longest / PADDED_TO) * PADDED_TO);
    const rows: Rows = { batch, from, to, length: contract.fixedLength ?? Math.max(longest, padded) };
    const response = await this.#http.send({
      address: `${this.#base}/v2/models/${this.#model}/infer`,
      ...encodeRequest(rows, contract.types, contract.binary),
      limit: answerLimit(rows),
      timeoutMs: this.#timeoutMs,
      signal,
    });
    if (response.status !== 200) throw this.#refused(response.status, saidBy(response.body));
    const { start, end, version } = decodeAnswer(response, rows, this.host);
    this.#checkVersion(version);
    for (let row = from; row < to; row++) {
      const at = (row - from) * rows.length;
      const stop = at + batch.lengths[row];
      into.start.set(start.subarray(at, stop), row * batch.length);
      into.end.set(end.subarray(at, stop), row * batch.length);
    }
  }

  /** Only the shared connections hold anything. */
  async close(): Promise<void> {}

  /** The server may just have unloaded or replaced the model: connecting again tells what it has. */
  #refused(status: number, said: string | undefined): RemoteFault {
    const message = said
      ? t('{0} refused a batch of the model {1} ({2}): {3}.', this.host, this.#model, status, said)
      : t('{0} refused a batch of the model {1} ({2}).', this.host, this.#model, status);
    return new RemoteFault('lost', message, t('Check the model on the server.'));
  }

  /** @throws RemoteFault when another version answers than the one that was checked */
  #checkVersion(version: string | undefined): void {
    this.#version ??= version;
    if (version === this.#version) return;
    throw new RemoteFault(
      'lost',
      t(
        '{0} answered with version {1} of the model {2}, and version {3} was checked.',
        this.host,
        version ?? '-',
        this.#model,
        this.#version ?? '-',
      ),
      t('Serve one version of the model at a time.'),
    );
  }
}

/** Logits of a batch, not yet filled. */
export const emptyLogits = ({ count, length }: WindowBatch): Logits => ({
  start: new Float32Array(count * length),
  end: new Float32Array(count * length),
});

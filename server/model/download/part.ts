/** A partial file: `NAME.part`, and `NAME.part.json` that describes what it is a part of. */
import { createHash, type Hash } from 'node:crypto';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { openRegular, readJson } from '../../storage/open-file.js';
import type { Answer } from './request.js';

const MAX_STATE_BYTES = 1 << 16;

export interface PartState {
  /** Repository and revision: a part of another one is useless. */
  source?: string | undefined;
  /** For `If-Range`: a strong ETag, or the time of the last change. */
  validator?: string | undefined;
  etag?: string | undefined;
  total?: number | undefined;
  /** SHA-256 that the server stated. */
  sha256?: string | undefined;
}

export class Part {
  readonly file: string;
  readonly #stateFile: string;
  /** Hash of the first {@link hashed} bytes. */
  #hash: Hash = createHash('sha256');
  #hashed = 0;

  /** @param target the whole file's path */
  constructor(readonly target: string) {
    this.file = `${target}.part`;
    this.#stateFile = `${this.file}.json`;
  }

  /** Bytes on disk. */
  async size(): Promise<number> {
    return stat(this.file).then(
      ({ size }) => size,
      () => 0,
    );
  }

  /** The notes; empty if they cannot be read. */
  async state(): Promise<PartState> {
    try {
      const { source, validator, etag, total, sha256 } = (await readJson(this.#stateFile, MAX_STATE_BYTES)) as Record<
        string,
        unknown
      >;
      const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
      return {
        source: text(source),
        validator: text(validator),
        etag: text(etag),
        total: Number.isSafeInteger(total) ? (total as number) : undefined,
        sha256: text(sha256),
      };
    } catch {
      return {};
    }
  }

  async note(state: PartState): Promise<void> {
    await writeFile(this.#stateFile, JSON.stringify(state));
  }

  /** Starts again from zero. */
  async drop(): Promise<void> {
    await rm(this.file, { force: true });
    await rm(this.#stateFile, { force: true });
    this.#hash = createHash('sha256');
    this.#hashed = 0;
  }

  /** Brings the hash up to date with everything on disk. */
  async catchUp(): Promise<void> {
    const size = await this.size();
    if (this.#hashed === size) return;
    this.#hash = createHash('sha256');
    this.#hashed = 0;
    const { file } = await openRegular(this.file);
    for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20 })) this.add(chunk as Buffer);
  }

  /** Adds written bytes. */
  add(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#hashed += bytes.length;
  }

  get length(): number {
    return this.#hashed;
  }

  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  /** A file finished by an earlier, interrupted download becomes a part again and is verified again. */
  async reopen(): Promise<void> {
    await rename(this.target, this.file).catch(() => {});
  }

  /** The part is complete. The notes stay, for {@link reopen}. */
  async finish(): Promise<void> {
    await rename(this.file, this.target);
  }
}

/** What a response is a part of. A weak ETag does not promise the same bytes. */
export function stateOf({ response, stated }: Answer, source: string, total: number | undefined): PartState {
  const etag = response.headers.get('etag') ?? undefined;
  const strong = etag?.startsWith('"') ? etag : undefined;
  const validator = strong ?? response.headers.get('last-modified') ?? undefined;
  return { source, validator, etag, total, sha256: stated.sha256 };
}

/** The words of documents, by which their passages are ranked: from an earlier run, or indexed now. */
import { breathe } from '../errors.js';
import type { AskOptions } from '../protocol.js';
import type { IndexCache } from '../ranking/index-cache.js';
import { indexView, type TermIndex } from '../ranking/lexical.js';
import { fileNameOf, type Source, type SourceReader } from './source-reader.js';

export class DocumentIndexes {
  /** @param cache results of earlier runs */
  constructor(
    private readonly cache: IndexCache,
    private readonly reading: SourceReader,
    private readonly options: AskOptions,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** The index of an earlier run. */
  known(source: Source): TermIndex | undefined {
    return this.cache.get(source.ref.uri, this.#versionOf(source));
  }

  /** The index, made now if there is none; undefined if the document is skipped. @throws AskBertError Cancelled */
  async of(source: Source): Promise<TermIndex | undefined> {
    const kept = this.known(source);
    if (kept) return kept;
    await breathe(this.signal);
    const document = await this.reading.load(source);
    if (!document) return undefined;
    const view = await this.reading.viewOf(source, document, this.options);
    const index = indexView(view, fileNameOf(source.ref.uri));
    // Its version is known once it is loaded.
    this.cache.set(source.ref.uri, this.#versionOf(source), index);
    return index;
  }

  /** The same text has different passages in a different view. */
  #versionOf({ version, ref }: Source): string {
    return `${version} ${this.options.readAs ?? 'auto'} ${ref.languageId ?? ''}`;
  }
}

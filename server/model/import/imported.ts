/** What every checkpoint reader returns, in any format: tensors under Hugging Face's names, read on demand. */

export interface ImportedTensor {
  /** Name in the checkpoint. */
  readonly source: string;
  /** Shape in Hugging Face's layout: (out, in) for matrices. */
  readonly shape: readonly number[];
  /** Values, row-major, read and checked now. @throws AskBertError ModelInvalid naming file and tensor */
  read(): Float32Array;
}

export interface ImportedTensors {
  /** The file that messages name. */
  readonly file: string;
  /** Name of the format, for the report. */
  readonly format: string;
  /** By Hugging Face's names; only those that question answering uses. */
  readonly tensors: ReadonlyMap<string, ImportedTensor>;
  /** Names in the checkpoint that are not used: optimizer, pooler, other heads. */
  readonly skipped: readonly string[];
  /**
   * Verifies the checksums of unused tensors too, one per step: a file that is damaged anywhere is refused. Missing:
   * the format has no checksums, or they were checked on opening. @throws AskBertError ModelInvalid
   */
  verifyRest?(): Iterable<unknown>;
  close(): void;
}

/** Opens a PDF with pdf.js, whose worker is a part of this bundle and loads nothing. */

import workerSource from 'pdf-worker-source';
import {
  getDocument,
  PasswordResponses,
  type PDFDocumentProxy,
  PDFWorker,
  VerbosityLevel,
} from 'pdfjs-dist/legacy/build/pdf.mjs';
import type { AssetFolder } from '../../src/page-view/messages.js';
import { asset } from './host.js';

/** Pixels of the largest picture that is decoded. */
const MAX_IMAGE_PIXELS = 100_000_000;

export interface OpenedPdf {
  pdf: PDFDocumentProxy;
  /** Ends the worker, whatever it does. */
  close(): void;
}

/** pdf.js asks such a class for a file. */
const factory = (folder: AssetFolder) =>
  class {
    async fetch({ filename }: { filename: string }): Promise<Uint8Array> {
      return asset(folder, filename);
    }
  };

class CMaps {
  async fetch({ name }: { name: string }): Promise<{ cMapData: Uint8Array; isCompressed: boolean }> {
    return { cMapData: await asset('cmaps', `${name}.bcmap`), isCompressed: true };
  }
}

/**
 * @param fonts where the browser finds the standard fonts
 * @param askPassword called for an encrypted file, again after a wrong one; the password is not kept
 * @throws errors of pdf.js
 */
export async function openPdf(
  bytes: Uint8Array,
  fonts: string,
  askPassword: (wasWrong: boolean) => Promise<string>,
  signal: AbortSignal,
): Promise<OpenedPdf> {
  const url = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));
  const port = new Worker(url, { type: 'module' });
  URL.revokeObjectURL(url);
  const worker = new PDFWorker({ port: port as unknown as null, verbosity: VerbosityLevel.ERRORS });
  const task = getDocument({
    data: bytes,
    worker,
    isEvalSupported: false,
    enableXfa: false,
    useWorkerFetch: false,
    cMapPacked: true,
    CMapReaderFactory: CMaps,
    StandardFontDataFactory: factory('standard_fonts'),
    WasmFactory: factory('wasm'),
    standardFontDataUrl: fonts,
    maxImageSize: MAX_IMAGE_PIXELS,
    verbosity: VerbosityLevel.ERRORS,
  });
  const close = () => {
    void task.destroy().catch(() => {});
    port.terminate();
  };
  signal.addEventListener('abort', close);
  task.onPassword = (update: (password: string) => void, reason: number) => {
    void askPassword(reason === PasswordResponses.INCORRECT_PASSWORD).then(update);
  };
  const failed = new Promise<never>((_, reject) => {
    port.addEventListener('error', (event) => reject(new Error(event.message || 'worker')));
    signal.addEventListener('abort', () => reject(new Error('closed')));
  });
  try {
    const pdf = await Promise.race([task.promise, failed]);
    if (pdf.numPages < 1) throw new Error('0 pages');
    return { pdf, close };
  } catch (error) {
    close();
    throw error;
  }
}

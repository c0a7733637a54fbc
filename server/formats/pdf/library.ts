/**
 * pdf.js as the reader uses it: in this thread, from bytes alone. It evaluates no code, runs no script of a document
 * and opens no address; the only files read are the character maps beside the bundle.
 */
import path from 'node:path';
import type { PDFDocumentProxy } from 'pdfjs-dist';
import { bundleFile } from '../../storage/bundle-file.js';
import { readRegular } from '../../storage/open-file.js';
import { UnreadableFormat } from '../extracted.js';

/** The largest that ships has 54 kB. */
const MAX_MAP_BYTES = 4 * 1024 * 1024;

/** Character maps of Chinese, Japanese and Korean fonts that are not embedded. */
class CMapReader {
  async fetch({ name }: { name: string }): Promise<{ cMapData: Uint8Array; isCompressed: boolean }> {
    if (!/^[\w-]{1,64}$/.test(name)) throw new Error(`not the name of a character map: ${name.slice(0, 64)}`);
    const file = path.join(bundleFile('cmaps'), `${name}.bcmap`);
    return { cMapData: new Uint8Array(await readRegular(file, MAX_MAP_BYTES)), isCompressed: true };
  }
}

/** Outlines of the standard fonts and decoders of images: nothing is drawn. */
class NotNeeded {
  fetch(): Promise<never> {
    return Promise.reject(new Error('is not needed to read text'));
  }
}

async function load() {
  // Puts itself where pdf.js looks for a worker in the same thread.
  // @ts-expect-error it has no types, and none are needed
  await import('pdfjs-dist/legacy/build/pdf.worker.mjs');
  return import('pdfjs-dist/legacy/build/pdf.mjs');
}
let library: ReturnType<typeof load> | undefined;

/**
 * Opens a document.
 *
 * @param bytes remain as they are
 * @throws UnreadableFormat `password`, `damaged`
 */
export async function openDocument(bytes: Uint8Array, password?: string): Promise<PDFDocumentProxy> {
  library ??= load();
  const { getDocument } = await library;
  const task = getDocument({
    data: bytes.slice(), // pdf.js takes the bytes away from their owner
    ...(password === undefined ? {} : { password }),
    verbosity: 0,
    isEvalSupported: false,
    useWorkerFetch: false,
    useSystemFonts: false,
    useWasm: false,
    disableFontFace: false, // else every glyph's outline is computed
    fontExtraProperties: false,
    maxImageSize: 0, // no image is decoded
    enableXfa: false,
    stopAtErrors: false,
    CMapReaderFactory: CMapReader,
    StandardFontDataFactory: NotNeeded,
    WasmFactory: NotNeeded,
  });
  try {
    return await task.promise;
  } catch (error) {
    await task.destroy().catch(() => {});
    throw asUnreadable(error);
  }
}

/** The operators of pdf.js by name. */
export async function operators(): Promise<Record<string, number>> {
  library ??= load();
  return (await library).OPS as unknown as Record<string, number>;
}

function asUnreadable(error: unknown): unknown {
  if (!(error instanceof Error)) return new UnreadableFormat('damaged', String(error));
  if (error.name === 'PasswordException') {
    const wrong = (error as Error & { code?: number }).code === 2;
    return new UnreadableFormat('password', wrong ? 'the password is wrong' : 'a password is needed');
  }
  return error instanceof RangeError && /allocation|array length/i.test(error.message)
    ? error
    : new UnreadableFormat('damaged', error.message);
}

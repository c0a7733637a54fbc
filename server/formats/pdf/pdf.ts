/** Reader of PDF: pages are read one after the other; what depends on all of them is decided at the end. */

import { setImmediate } from 'node:timers/promises';
import { cancelled } from '../../errors.js';
import { t } from '../../l10n.js';
import { append } from '../../text/arrays.js';
import type { Extracted, ExtractOptions, FormatReader } from '../extracted.js';
import { UnreadableFormat } from '../extracted.js';
import { signatureOf } from '../signature.js';
import { annotationsOf } from './annotations.js';
import { compose } from './compose.js';
import { documentBlocks, type ReadPage } from './document.js';
import { nothingReadable, Sample } from './failures.js';
import { furnitureOf, NEIGHBOURS } from './furniture.js';
import { glyphsOf, placeOn } from './glyphs.js';
import { openDocument, operators } from './library.js';
import { type PageWords, pageBlocks, pageWords } from './page.js';

/** More characters than this are not a document that anyone asks about; the pages that hold them are read. */
const MOST_CHARACTERS = 20_000_000;
const MOST_PAGES = 20_000;
/** Milliseconds after which the pages that were read are enough: a minute later their process would be ended. */
const MOST_MS = 240_000;

export const pdfReader: FormatReader = {
  name: 'PDF',
  extensions: ['pdf'],
  /** Other formats may quote a PDF's header, or have a PDF in them. */
  recognises: (head) => signatureOf(head) === 'pdf',
  read: readPdf,
};

/** @param mostMs tests have less time */
export async function readPdf(bytes: Uint8Array, options: ExtractOptions, mostMs = MOST_MS): Promise<Extracted> {
  const { signal } = options;
  const begin = performance.now();
  const throwIfCancelled = () => {
    if (signal?.aborted) throw cancelled();
  };
  throwIfCancelled();
  const document = await openDocument(bytes, options.password);
  try {
    const ops = await operators();
    const total = document.numPages;
    const first = Math.max(1, options.pages?.first ?? 1);
    const last = Math.min(total, options.pages?.last ?? total, first + MOST_PAGES - 1);
    const sizes = new Float32Array(2 * total);
    const notes: string[] = [];
    const pages: ReadPage[] = [];
    const broken: number[] = [];
    const comments = new Map<number, string[]>();
    const silent: number[] = [];
    const sample = new Sample();
    let characters = 0;
    let lastRead = last;
    let isCut = false;
    const window: PageWords[] = [];
    const finish = (page: PageWords) => {
      const at = window.indexOf(page);
      const neighbours = window.filter((_, index) => index !== at && Math.abs(index - at) <= NEIGHBOURS);
      const laidOut = layOut(page, neighbours);
      if (!laidOut) broken.push(page.page);
      pages.push({
        page: page.page,
        blocks: laidOut?.blocks ?? [],
        furniture: laidOut?.furniture ?? [],
        comments: comments.get(page.page) ?? [],
      });
    };
    for (let number = first; number <= last; number++) {
      throwIfCancelled();
      const words = await pageOf(number);
      characters += words.characters;
      window.push(words);
      if (window.length > NEIGHBOURS) finish(window[window.length - 1 - NEIGHBOURS]);
      if (window.length > 2 * NEIGHBOURS) window.shift();
      options.onProgress?.(number - first + 1, last - first + 1);
      await givePart(number - first + 1, last - first + 1);
      isCut = number < last && performance.now() - begin > mostMs;
      if (isCut || characters > MOST_CHARACTERS) {
        lastRead = number;
        break;
      }
    }
    for (const page of window.slice(-NEIGHBOURS)) if (!pages.some((each) => each.page === page.page)) finish(page);
    throwIfCancelled();

    async function labels(): Promise<readonly string[] | null> {
      return document.getPageLabels().catch(() => null);
    }

    /** What the pages say that are laid out, if that is wanted. */
    async function givePart(done: number, of: number): Promise<void> {
      const { parts } = options;
      if (!parts) return;
      // All that pdf.js does in this thread is done without returning to the event loop, where messages arrive.
      await setImmediate();
      if (done === of || !parts.wanted(done, of) || sample.isGarbage) return;
      const part = compose(documentBlocks(pages, true), await labels());
      if (part.text !== '') parts.take({ ...part, pageSizes: sizes.slice(), notes: [] });
    }

    async function pageOf(number: number): Promise<PageWords> {
      try {
        const page = await document.getPage(number);
        const glyphs = await glyphsOf(page, ops);
        const added = await annotationsOf(page, placeOn(page)).catch(() => undefined);
        page.cleanup();
        if (added) {
          append(glyphs.glyphs, added.glyphs);
          if (added.comments.length > 0) comments.set(number, added.comments);
        }
        sizes.set([glyphs.width, glyphs.height], 2 * (number - 1));
        sample.add(glyphs.glyphs);
        const words = pageWords(number, glyphs);
        if (words.rows.length === 0 && words.aside.every((each) => each.rows.length === 0)) silent.push(number);
        return words;
      } catch (error) {
        if (error instanceof UnreadableFormat) throw error;
        broken.push(number);
        return pageWords(number, { glyphs: [], rules: [], width: 0, height: 0 });
      }
    }

    const read = lastRead - first + 1;
    if (new Set([...silent, ...broken]).size === read) throw nothingReadable(bytes, read, broken.length);
    if (sample.isGarbage)
      throw new UnreadableFormat('noUnicode', 'its fonts do not say which characters their glyphs are');
    if (isCut) {
      const note = t(
        'Only the first {0} of {1} pages were read, as the time was over. Ask again when the computer is less busy, or split the file.',
        String(lastRead),
        String(total),
      );
      notes.push(note);
    } else if (lastRead < Math.min(total, options.pages?.last ?? total))
      notes.push(t('Only the first {0} of {1} pages were read.', String(lastRead), String(total)));
    if (broken.length > 0)
      notes.push(t('{0} of {1} pages are damaged and were not read.', String(broken.length), String(read)));
    if (silent.length > 0) {
      notes.push(
        t('{0} of {1} pages have no text; run OCR first, for example ocrmypdf.', String(silent.length), String(read)),
      );
    }
    const composed = compose(documentBlocks(pages), await labels());
    return { ...composed, pageSizes: sizes, notes, ...(isCut ? { cut: true } : {}) };
  } finally {
    await document.destroy().catch(() => {});
  }
}

/** Undefined: its layout cannot be told; the other pages are read all the same. */
function layOut(page: PageWords, neighbours: readonly PageWords[]): ReturnType<typeof pageBlocks> | undefined {
  try {
    return pageBlocks(page, furnitureOf(page, neighbours));
  } catch {
    return undefined;
  }
}

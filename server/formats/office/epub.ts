/**
 * EPUB books: the documents in the order of the spine, with the titles of the chapters; notes behind their paragraphs.
 */
import { breathe } from '../../errors.js';
import { t } from '../../l10n.js';
import { Archive, isZip, resolvePath } from '../archive.js';
import { ExtractedBuilder, proseOf } from '../builder.js';
import { type ExtractedPlace, type FormatReader, UnreadableFormat } from '../extracted.js';
import { addHtml } from '../html-blocks.js';
import { forEachElement, type HtmlElement, htmlText, parseHtml } from '../html-tree.js';
import { attribute, child, descendants, elements, parseXml, textOf, type XmlElement } from '../xml.js';
import { BookNotes } from './epub-notes.js';

const MAX_DOCUMENTS = 20_000;
/** Bytes of all documents, which are in memory at once for the notes. */
const MAX_BYTES = 128 * 1024 * 1024;
const CONTAINER = 'META-INF/container.xml';

export const epubReader: FormatReader = {
  name: 'EPUB book',
  extensions: ['epub'],
  recognises: (head, entries) =>
    isZip(head) &&
    (entries.includes(CONTAINER) ||
      new TextDecoder('latin1').decode(head.subarray(30, 60)).startsWith('mimetypeapplication/epub')),
  async read(bytes, { signal, onProgress }) {
    const book = new Book(bytes);
    const documents: { path: string; root: HtmlElement }[] = [];
    let size = 0;
    for (const path of book.spine()) {
      await breathe(signal);
      const content = book.archive.read(path);
      if (!content) {
        book.isDamaged = true;
        continue;
      }
      size += content.length;
      if (size > MAX_BYTES) throw new UnreadableFormat('tooLarge', t('the book has too much text'));
      documents.push({ path, root: parseHtml(decode(content)) });
    }
    const builder = new ExtractedBuilder();
    const notes = new BookNotes(documents);
    const chapters = book.chapters();
    for (const [index, { path, root }] of documents.entries()) {
      await breathe(signal);
      addDocument(builder, path, root, notes, chapters);
      onProgress?.(index + 1, documents.length);
    }
    if (book.isDamaged || book.archive.isDamaged) builder.damaged();
    return builder.build();
  },
};

function addDocument(
  builder: ExtractedBuilder,
  path: string,
  root: HtmlElement,
  notes: BookNotes,
  chapters: ReadonlyMap<string, string>,
): void {
  let place: Omit<ExtractedPlace, 'start'> = {};
  const enter = (chapter: string | undefined): void => {
    if (chapter === undefined) return;
    place = { chapter };
    builder.place(place);
  };
  enter(chapters.get(path) ?? (chapters.size === 0 ? firstHeading(root) : undefined));
  addHtml(builder, root, {
    atId: (id) => enter(chapters.get(`${path}#${id}`)),
    noteOf: (link) => notes.noteOf(path, link),
    isNote: (element) => notes.isNote(element),
    atNote: (begins) => builder.place(begins ? { ...place, part: 'notes' } : place),
  });
}

function firstHeading(root: HtmlElement): string | undefined {
  let found: string | undefined;
  forEachElement(root, (element) => {
    if (found === undefined && /^h[1-3]$/.test(element.name)) found = proseOf(htmlText(element)) || undefined;
  });
  return found;
}

function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 1024));
  const declared = /\b(?:encoding|charset)\s*=\s*["']?([\w.-]+)/i.exec(head)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(declared).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

class Book {
  readonly archive: Archive;
  isDamaged = false;
  readonly #opf: string;
  readonly #package: XmlElement;
  /** By identifier: path and properties. */
  readonly #items = new Map<string, { path: string; type: string; properties: string }>();

  /** @throws UnreadableFormat */
  constructor(bytes: Uint8Array) {
    this.archive = new Archive(bytes);
    this.#refuseProtected();
    const container = this.#xml(CONTAINER);
    const declared =
      container && descendants(container, 'container:rootfile').concat(descendants(container, 'rootfile'))[0];
    const opf = resolvePath('', declared?.attributes['full-path'] ?? '');
    this.#opf = this.archive.has(opf) ? opf : (this.archive.names.find((name) => /\.opf$/i.test(name)) ?? '');
    const root = this.#xml(this.#opf);
    if (!root) throw new UnreadableFormat('damaged', t('the book has no package file'));
    this.#package = root;
    for (const { attributes } of elements(child(root, 'opf:manifest'), 'opf:item')) {
      this.#items.set(attributes.id ?? '', {
        path: resolvePath(this.#opf, attributes.href ?? ''),
        type: attributes['media-type'] ?? '',
        properties: attributes.properties ?? '',
      });
    }
  }

  /** Paths of the documents in reading order. */
  spine(): string[] {
    const references = elements(child(this.#package, 'opf:spine'), 'opf:itemref').slice(0, MAX_DOCUMENTS);
    const paths = references.flatMap(({ attributes }) => this.#items.get(attributes.idref ?? '')?.path ?? []);
    if (paths.length === 0) {
      this.isDamaged = true;
      return this.archive.names.filter((name) => /\.x?html?$/i.test(name)).sort();
    }
    return [...new Set(paths)];
  }

  /** Titles of the chapters by path or path#identifier, from the table of contents. */
  chapters(): Map<string, string> {
    const chapters = new Map<string, string>();
    const add = (base: string, href: string | undefined, title: string): void => {
      const [file, id] = (href ?? '').split('#');
      const path = resolvePath(base, file);
      const text = proseOf(title);
      if (text === '' || path === '') return;
      const key = id ? `${path}#${id}` : path;
      if (!chapters.has(key)) chapters.set(key, text);
    };
    const nav = [...this.#items.values()].find(({ properties }) => /\bnav\b/.test(properties))?.path;
    const content = nav === undefined ? undefined : this.archive.read(nav);
    if (nav !== undefined && content) this.#fromNav(nav, parseHtml(decode(content)), add);
    if (chapters.size > 0) return chapters;
    const ncx =
      this.#items.get(attribute(this.#package, 'toc', 'opf:spine') ?? '')?.path ??
      [...this.#items.values()].find(({ type }) => type === 'application/x-dtbncx+xml')?.path;
    const root = ncx === undefined ? undefined : this.#xml(ncx);
    const visit = (parent: XmlElement | undefined, isPart: boolean): void => {
      for (const point of elements(parent).filter(({ name }) => local(name) === 'navPoint')) {
        const [label, target] = ['navLabel', 'content'].map((want) =>
          elements(point).find(({ name }) => local(name) === want),
        );
        const title = label ? textOf(label) : '';
        add(ncx!, target?.attributes.src, title);
        const inner = elements(point)
          .filter(({ name }) => local(name) === 'navPoint')
          .map((one) => elements(one).find(({ name }) => local(name) === 'content')?.attributes.src);
        if (!isPart && hasChapters(target?.attributes.src, inner, title)) visit(point, true);
      }
    };
    visit(
      elements(root).find(({ name }) => local(name) === 'navMap'),
      false,
    );
    return chapters;
  }

  #fromNav(nav: string, root: HtmlElement, add: (base: string, href: string | undefined, title: string) => void): void {
    let toc: HtmlElement | undefined;
    forEachElement(root, (element) => {
      if (element.name === 'nav' && (!toc || /\btoc\b/.test(element.attributes.get('epub:type') ?? '')))
        toc ??= element;
    });
    const visit = (list: HtmlElement, isPart: boolean): void => {
      for (const item of list.children) {
        if (typeof item === 'string') continue;
        if (item.name !== 'li') {
          visit(item, isPart);
          continue;
        }
        const link = item.children.find((one) => typeof one !== 'string' && (one.name === 'a' || one.name === 'span'));
        const title = link && typeof link !== 'string' ? htmlText(link) : '';
        if (link && typeof link !== 'string') add(nav, link.attributes.get('href'), title);
        const inner = item.children.find((one) => typeof one !== 'string' && one.name === 'ol');
        if (!inner || typeof inner === 'string' || isPart) continue;
        const own = link && typeof link !== 'string' ? link.attributes.get('href') : undefined;
        if (hasChapters(own, inner.children.map(hrefOf), title)) visit(inner, true);
      }
    };
    if (toc) visit(toc, false);
  }

  #xml(name: string): XmlElement | undefined {
    const bytes = this.archive.read(name);
    if (!bytes) return undefined;
    const { root, isWellFormed } = parseXml(bytes);
    if (!isWellFormed) this.isDamaged = true;
    return root;
  }

  /** A book whose documents (not only its fonts) are encrypted. */
  #refuseProtected(): void {
    const root = this.#xml('META-INF/encryption.xml');
    if (!root) return;
    const isProtected = elements(root).some((one) => {
      const { method, target } = encryptionOf(one);
      return !/obfuscation|RC$/i.test(method) && /\.(?:x?html?|xml|opf|ncx)$/i.test(target);
    });
    if (isProtected) throw new UnreadableFormat('unsupported', t('the book is protected against copying (DRM)'));
  }
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1);
const PART = /^\s*(?:part|book|volume|teil|buch|band|partie|livre|parte|libro)\b/i;

/** Whether what stands below an entry of the table of contents are chapters, not sections of one. */
function hasChapters(own: string | undefined, inner: readonly (string | undefined)[], title: string): boolean {
  if (PART.test(title)) return true;
  const files = [own, ...inner].filter((one) => one !== undefined).map((one) => one.split('#')[0]);
  return files.length > 2 && new Set(files).size === files.length;
}

/** Of the link of an entry. */
function hrefOf(item: HtmlElement | string): string | undefined {
  if (typeof item === 'string') return undefined;
  const link = item.children.find((one) => typeof one !== 'string' && one.name === 'a');
  return link && typeof link !== 'string' ? link.attributes.get('href') : undefined;
}

function encryptionOf(data: XmlElement): { method: string; target: string } {
  let method = '';
  let target = '';
  const visit = (one: XmlElement): void => {
    if (local(one.name) === 'EncryptionMethod' && method === '') method = one.attributes.Algorithm ?? '';
    if (local(one.name) === 'CipherReference') target = one.attributes.URI ?? '';
    for (const each of elements(one)) visit(each);
  };
  visit(data);
  return { method, target };
}

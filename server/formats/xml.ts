/**
 * XML parts of Office files and books: as events, or as a tree. Names have the prefix that is usual for their
 * namespace, whatever the file calls it. A document type's entities are not expanded, nothing is fetched. What is not
 * well-formed is read as far as possible.
 */
import { SaxesParser } from 'saxes';
import { t } from '../l10n.js';
import { UnreadableFormat } from './extracted.js';

/** Elements in elements. */
const MAX_DEPTH = 400;
/** Elements and texts of a tree. */
const MAX_NODES = 3_000_000;
/** Bytes that are parsed at a time. */
const STEP = 1 << 16;

/** Usual prefixes; a namespace of the "strict" variant of Office has the same. */
const PREFIXES: readonly (readonly [RegExp, string])[] = [
  [/\/wordprocessingml\/(2006\/)?main$/, 'w'],
  [/\/drawingml\/(2006\/)?main$/, 'a'],
  [/\/drawingml\/(2006\/)?wordprocessingDrawing$/, 'wp'],
  [/\/drawingml\/(2006\/)?spreadsheetDrawing$/, 'xdr'],
  [/\/drawingml\/(2006\/)?diagram$/, 'dgm'],
  [/\/drawingml\/(2006\/)?chart$/, 'c'],
  [/\/spreadsheetml\/(2006\/)?main$/, 'x'],
  [/\/presentationml\/(2006\/)?main$/, 'p'],
  [/\/officeDocument\/(2006\/)?relationships$/, 'r'],
  [/\/officeDocument\/(2006\/)?math$/, 'm'],
  [/\/markup-compatibility\/2006$/, 'mc'],
  [/\/package\/2006\/relationships$/, 'rel'],
  [/\/word\/2010\/wordprocessingShape$/, 'wps'],
  [/^urn:schemas-microsoft-com:vml$/, 'v'],
  [/^urn:oasis:names:tc:opendocument:xmlns:(office|text|table|drawing|presentation|style|manifest):1\.0$/, '$1'],
  [/^http:\/\/openoffice\.org\/2000\/(office|text|table|drawing|presentation|style)$/, '$1'],
  [/^http:\/\/www\.idpf\.org\/2007\/opf$/, 'opf'],
  [/^http:\/\/www\.idpf\.org\/2007\/ops$/, 'epub'],
  [/^http:\/\/purl\.org\/dc\/elements\/1\.1\/$/, 'dc'],
  [/^http:\/\/www\.w3\.org\/1999\/xlink$/, 'xlink'],
];

export type XmlAttributes = Readonly<Record<string, string>>;

export interface XmlElement {
  /** "w:p", "x:row". */
  readonly name: string;
  readonly attributes: XmlAttributes;
  readonly children: XmlNode[];
}
export type XmlNode = XmlElement | string;

export interface XmlHandler {
  open(name: string, attributes: XmlAttributes): void;
  close(name: string): void;
  text(text: string): void;
}

/**
 * Parses a part.
 * @returns whether it is well-formed
 * @throws UnreadableFormat tooDeep
 */
export function walkXml(bytes: Uint8Array, handler: XmlHandler): boolean {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const prefixes = new Map<string, string>();
  /** Of an element or attribute: with the usual prefix of its namespace. */
  const nameOf = (uri: string, prefix: string, local: string): string => {
    if (uri === '') return prefix === '' ? local : `${prefix}:${local}`;
    let usual = prefixes.get(uri);
    if (usual === undefined) {
      usual = usualPrefix(uri) ?? prefix;
      prefixes.set(uri, usual);
    }
    return usual === '' ? local : `${usual}:${local}`;
  };
  const names: string[] = [];
  let isWellFormed = true;
  parser.on('error', () => {
    isWellFormed = false;
  });
  parser.on('opentag', (tag) => {
    if (names.length >= MAX_DEPTH) throw new UnreadableFormat('tooDeep', t('its elements are nested too deeply'));
    const attributes: Record<string, string> = Object.create(null);
    for (const key in tag.attributes) {
      const { uri, prefix, local, value } = tag.attributes[key];
      if (prefix !== 'xmlns' && key !== 'xmlns') attributes[nameOf(prefix === '' ? '' : uri, prefix, local)] = value;
    }
    const name = nameOf(tag.uri, tag.prefix, tag.local);
    names.push(name);
    handler.open(name, attributes);
  });
  parser.on('closetag', () => {
    const name = names.pop();
    if (name !== undefined) handler.close(name);
  });
  parser.on('text', (text) => handler.text(text));
  parser.on('cdata', (text) => handler.text(text));
  const decoder = decoderOf(bytes);
  for (let at = 0; at < bytes.length; at += STEP) {
    parser.write(decoder.decode(bytes.subarray(at, at + STEP), { stream: true }));
  }
  parser.write(decoder.decode());
  parser.close();
  while (names.length > 0) handler.close(names.pop()!);
  return isWellFormed;
}

const usualPrefix = (uri: string): string | undefined => {
  for (const [pattern, prefix] of PREFIXES) {
    const match = pattern.exec(uri);
    if (match) return prefix === '$1' ? (match[1] === 'drawing' ? 'draw' : match[1]) : prefix;
  }
  return undefined;
};

/** UTF-8 unless its first bytes or its declaration say otherwise. */
function decoderOf(bytes: Uint8Array): InstanceType<typeof TextDecoder> {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return new TextDecoder('utf-16le');
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return new TextDecoder('utf-16be');
  const head = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  const declared = /^[^<]{0,3}<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]+)/.exec(head)?.[1];
  try {
    return new TextDecoder(declared && !/^utf-?16/i.test(declared) ? declared : 'utf-8');
  } catch {
    return new TextDecoder('utf-8');
  }
}

export interface XmlTree {
  /** The outermost element; without one an element of the name ''. */
  root: XmlElement;
  isWellFormed: boolean;
}

/**
 * @param leaveOut names of elements that are left out with their contents
 * @throws UnreadableFormat tooDeep, tooLarge
 */
export function parseXml(bytes: Uint8Array, leaveOut?: ReadonlySet<string>): XmlTree {
  const top: XmlElement = { name: '', attributes: {}, children: [] };
  const stack: XmlElement[] = [top];
  let nodes = 0;
  let skipped = 0;
  const count = (): void => {
    if (++nodes > MAX_NODES) throw new UnreadableFormat('tooLarge', t('a part has too many elements'));
  };
  const isWellFormed = walkXml(bytes, {
    open: (name, attributes) => {
      if (skipped > 0 || leaveOut?.has(name)) {
        skipped++;
        return;
      }
      count();
      const element: XmlElement = { name, attributes, children: [] };
      stack[stack.length - 1].children.push(element);
      stack.push(element);
    },
    close: () => {
      if (skipped > 0) skipped--;
      else stack.pop();
    },
    text: (text) => {
      if (skipped > 0) return;
      count();
      stack[stack.length - 1].children.push(text);
    },
  });
  return { root: elements(top)[0] ?? top, isWellFormed };
}

/** The elements in an element, of one name if given. */
export const elements = (parent: XmlElement | undefined, name?: string): XmlElement[] =>
  (parent?.children.filter((one) => typeof one !== 'string' && (name === undefined || one.name === name)) ??
    []) as XmlElement[];

/** The first element of a path of names ("w:pPr", "w:numPr"). */
export function child(parent: XmlElement | undefined, ...names: readonly string[]): XmlElement | undefined {
  let one = parent;
  for (const name of names) {
    one = one?.children.find((each): each is XmlElement => typeof each !== 'string' && each.name === name);
  }
  return one;
}

/** Value of an attribute of the first element of a path of names. */
export const attribute = (parent: XmlElement | undefined, key: string, ...names: readonly string[]) =>
  child(parent, ...names)?.attributes[key];

/** All elements of a name below an element, in document order; those inside such an element are not looked for. */
export function descendants(parent: XmlElement, name: string): XmlElement[] {
  const found: XmlElement[] = [];
  const visit = (one: XmlElement): void => {
    for (const each of one.children) {
      if (typeof each === 'string') continue;
      if (each.name === name) found.push(each);
      else visit(each);
    }
  };
  visit(parent);
  return found;
}

/** The text below an element. */
export function textOf(node: XmlElement): string {
  const parts: string[] = [];
  const visit = (one: XmlElement): void => {
    for (const each of one.children) {
      if (typeof each === 'string') parts.push(each);
      else visit(each);
    }
  };
  visit(node);
  return parts.join('');
}

/** An on/off value of Office: present without a value is on. */
export const isOn = (element: XmlElement | undefined, key: string): boolean =>
  element !== undefined && !/^(0|false|off|none)$/.test(element.attributes[key] ?? '1');

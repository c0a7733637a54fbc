/**
 * RTF files: the text of the document, its tables, lists, notes, comments, headers and text boxes; other destinations
 * are left out.
 */
import { throwIfAborted } from '../../errors.js';
import { ExtractedBuilder, proseOf } from '../builder.js';
import { type Extracted, type FormatReader, UnreadableFormat } from '../extracted.js';
import { RtfBlocks } from './rtf-blocks.js';
import { encodingOfCharset, encodingOfCodePage, type RtfHandler, readTokens } from './rtf-tokens.js';

/** Groups in groups. */
const MAX_DEPTH = 10_000;
const MAX_FONTS = 10_000;

/** Destinations that have no text of the document, other than those that say so themselves (\*). */
const SKIPPED = new Set(
  (
    'colortbl info pict object objdata nonshppict themedata colorschememapping datastore listtable listoverridetable rsidtbl ' +
    'generator xe tc tcn rxe bkmkstart bkmkend fldinst formfield picprop sp sn sv shprslt revtbl latentstyles filetbl ' +
    'do private pgdsctbl template ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn xmlnstbl mmathPr userprops docvar panose ' +
    'falt fontemb fname htmltag mhtmltag'
  ).split(' '),
);
/** Destinations that may be ignored, but have text. */
const SHOWN = new Set(['shpinst', 'shptxt', 'ud', 'annotation', 'atnauthor', 'pntext', 'result', 'moMath']);

type Destination =
  | 'text'
  | 'skip'
  | 'fonts'
  | 'styles'
  | 'label'
  | 'header'
  | 'footer'
  | 'footnote'
  | 'comment'
  | 'author'
  | 'box';

interface State {
  destination: Destination;
  /** Characters behind \u that stand for it in old readers. */
  skipped: number;
  encoding: string;
  isBold: boolean;
  isHidden: boolean;
  /** Of the group of a table's entry: its number. */
  entry: number;
  /** The group began with \*. */
  mayIgnore: boolean;
  isShape: boolean;
}

const CHARACTERS: Readonly<Record<string, string>> = {
  tab: ' ',
  line: ' ',
  lbr: ' ',
  softline: ' ',
  '~': '\u00a0',
  _: '-',
  emdash: '\u2014',
  endash: '\u2013',
  bullet: '\u2022',
  lquote: '\u2018',
  rquote: '\u2019',
  ldblquote: '\u201c',
  rdblquote: '\u201d',
  emspace: ' ',
  enspace: ' ',
  qmspace: ' ',
  '{': '{',
  '}': '}',
  '\\': '\\',
};

export const rtfReader: FormatReader = {
  name: 'RTF document',
  extensions: ['rtf'],
  recognises: (head) =>
    /^(?:\u00ef\u00bb\u00bf)?\s{0,20}\{\\rtf/.test(Buffer.from(head.subarray(0, 40)).toString('latin1')),
  async read(bytes, { signal, onProgress }) {
    throwIfAborted(signal);
    const read = readRtf(bytes);
    onProgress?.(1, 1);
    return read;
  },
};

/** @throws UnreadableFormat empty */
export function readRtf(bytes: Uint8Array): Extracted {
  const builder = new ExtractedBuilder();
  const document = new RtfDocument(builder);
  readTokens(bytes, document);
  document.finish();
  return builder.build();
}

class RtfDocument implements RtfHandler {
  readonly #blocks: RtfBlocks;
  #state: State = {
    destination: 'text',
    skipped: 1,
    encoding: 'windows-1252',
    isBold: false,
    isHidden: false,
    entry: 0,
    mayIgnore: false,
    isShape: false,
  };
  readonly #stack: State[] = [];
  /** Groups that are nested too deeply. */
  #deeper = 0;
  #pending: number[] = [];
  /** Characters to leave out. */
  #left = 0;
  #default = 'windows-1252';
  readonly #fonts = new Map<number, string>();
  readonly #styles = new Map<number, string>();
  #defaultFont = 0;
  #apart = '';

  constructor(builder: ExtractedBuilder) {
    this.#blocks = new RtfBlocks(builder, this.#styles);
  }

  begin(): void {
    this.#flush();
    this.#left = 0;
    if (this.#stack.length >= MAX_DEPTH) {
      this.#deeper++;
      return;
    }
    this.#stack.push(this.#state);
    this.#state = { ...this.#state, mayIgnore: false };
  }

  end(): void {
    this.#flush();
    this.#left = 0;
    if (this.#deeper > 0) {
      this.#deeper--;
      return;
    }
    const before = this.#stack.pop();
    if (!before) return;
    const { destination, entry } = this.#state;
    this.#state = before;
    const text = this.#apart;
    if (destination === 'styles') {
      // The name of a style is what stands in its group.
      if (entry >= 0 && !this.#styles.has(entry))
        this.#styles.set(entry, proseOf(text).replace(/;$/, '').toLowerCase());
      this.#apart = '';
    } else if (destination !== before.destination && destination !== 'text' && destination !== 'skip') {
      this.#apart = '';
      this.#blocks.apart(destination, text);
    }
  }

  byte(value: number): void {
    if (this.#left > 0) {
      this.#left--;
      return;
    }
    this.#pending.push(value);
  }

  word(name: string, parameter: number): void {
    if (name === 'u') {
      this.#flush();
      const code = ((Number.isNaN(parameter) ? 0xfffd : parameter) + 0x10000) & 0xffff;
      // Symbol fonts stand in the private area: their ASCII part is text.
      if (code !== 0 && !(code >= 0xe000 && code <= 0xf8ff)) this.#show(String.fromCharCode(code));
      this.#left = this.#state.skipped;
      return;
    }
    if (this.#left > 0 && (name === '-' || name in CHARACTERS)) {
      this.#left--;
      return;
    }
    const character = CHARACTERS[name];
    if (character !== undefined) {
      this.#flush();
      this.#show(character);
      return;
    }
    this.#flush();
    this.#left = 0;
    if (name === '*') this.#state.mayIgnore = true;
    else if (!this.#destination(name)) this.#property(name, parameter);
  }

  finish(): void {
    this.#flush();
    this.#blocks.finish();
    if (this.#stack.length > 0) this.#blocks.isDamaged();
  }

  /** @returns whether the word begins a destination */
  #destination(name: string): boolean {
    const state = this.#state;
    const mayIgnore = state.mayIgnore;
    state.mayIgnore = false;
    if (state.destination === 'skip' && name !== 'shptxt' && name !== 'result') return state.destination === 'skip';
    switch (name) {
      case 'fonttbl':
        state.destination = 'fonts';
        return true;
      case 'stylesheet':
        state.destination = 'styles';
        state.entry = -1;
        return true;
      case 'listtext':
      case 'pntext':
        state.destination = 'label';
        return true;
      case 'header':
      case 'headerl':
      case 'headerr':
      case 'headerf':
        state.destination = 'header';
        return true;
      case 'footer':
      case 'footerl':
      case 'footerr':
      case 'footerf':
        state.destination = 'footer';
        return true;
      case 'footnote':
        state.destination = 'footnote';
        return true;
      case 'annotation':
        state.destination = 'comment';
        return true;
      case 'atnauthor':
        state.destination = 'author';
        return true;
      case 'shpinst':
        state.destination = 'skip';
        state.isShape = true;
        return true;
      case 'shptxt':
        if (state.isShape) state.destination = 'box';
        return true;
      case 'upr':
        // Its text for old readers, then the same in Unicode.
        state.destination = 'skip';
        return true;
      case 'fldrslt':
      case 'result':
        return true;
    }
    if (SKIPPED.has(name) || (mayIgnore && !SHOWN.has(name))) {
      // In the table of styles, the reference to a style is marked so, too.
      if (state.destination === 'styles' && /^[cdt]?s$/.test(name)) state.entry = -1;
      else state.destination = 'skip';
      return true;
    }
    return false;
  }

  #property(name: string, parameter: number): void {
    const state = this.#state;
    const isOn = parameter !== 0;
    switch (name) {
      case 'ansicpg':
        this.#default = encodingOfCodePage(parameter);
        state.encoding = this.#default;
        return;
      case 'mac':
        this.#default = state.encoding = 'macintosh';
        return;
      case 'uc':
        state.skipped = Math.max(0, Math.min(100, parameter || 0));
        return;
      case 'deff':
        this.#defaultFont = parameter || 0;
        return;
      case 'f':
        if (state.destination === 'fonts') state.entry = parameter || 0;
        else state.encoding = this.#fonts.get(parameter) ?? this.#default;
        return;
      case 'fcharset': {
        const encoding = encodingOfCharset(parameter);
        if (state.destination === 'fonts' && encoding && this.#fonts.size < MAX_FONTS)
          this.#fonts.set(state.entry, encoding);
        return;
      }
      case 'plain':
        state.isBold = state.isHidden = false;
        state.encoding = this.#fonts.get(this.#defaultFont) ?? this.#default;
        return;
      case 'b':
        state.isBold = isOn;
        return;
      case 'v':
      case 'deleted':
        state.isHidden = isOn;
        return;
      case 's':
        if (state.destination === 'styles') {
          state.entry = parameter || 0;
          return;
        }
        break;
    }
    if (state.destination === 'text') this.#blocks.word(name, parameter);
    else if (/^(?:par|cell|sect|page|row)$/.test(name) && state.destination !== 'skip') this.#apart += ' ';
  }

  /** Decodes the bytes that were read. */
  #flush(): void {
    if (this.#pending.length === 0) return;
    const bytes = Uint8Array.from(this.#pending);
    this.#pending = [];
    if (this.#state.destination !== 'skip') this.#show(decoder(this.#state.encoding).decode(bytes));
  }

  #show(text: string): void {
    const { destination, isHidden, isBold } = this.#state;
    if (destination === 'skip' || destination === 'fonts' || isHidden) return;
    if (destination === 'text') this.#blocks.text(text, isBold);
    else this.#apart += text;
  }
}

const decoders = new Map<string, InstanceType<typeof TextDecoder>>();
function decoder(encoding: string): InstanceType<typeof TextDecoder> {
  let one = decoders.get(encoding);
  if (!one) {
    try {
      one = new TextDecoder(encoding);
    } catch {
      one = new TextDecoder('windows-1252');
    }
    decoders.set(encoding, one);
  }
  return one;
}

/** For the body of a mail: what can be read, '' if nothing. */
export function readRtfOrNothing(bytes: Uint8Array): Extracted | undefined {
  try {
    return readRtf(bytes);
  } catch (error) {
    if (error instanceof UnreadableFormat) return undefined;
    throw error;
  }
}

/**
 * The reading view of subtitles (SubRip, WebVTT): cues are joined to sentences, since a sentence continues across the
 * time lines between them. Each sentence has the time of its first cue, and its speaker if named; numbers, other time
 * lines, settings, tags and notes are hidden.
 */
import { decodeReference } from '../base/entities.js';
import type { ReadingView } from '../base/reading-view.js';
import { type Line, splitLines } from '../base/text-lines.js';
import { ViewBuilder } from '../base/view-builder.js';

const CLOCK = String.raw`(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3}`;
const TIMES = new RegExp(`^(${CLOCK})[ \\t]*-->[ \\t]*(${CLOCK})(?![\\d:])`);
const CUE_NUMBER = /^\d{1,9}$/;
/** Blocks of WebVTT that are not spoken. */
const SILENT = /^(?:WEBVTT|NOTE|STYLE|REGION)(?:[ \t]|$)/;
/** Hidden text: tags of both formats, positions of SSA. */
const TAG = /<\/?[a-zA-Z][^<>\n\r]{0,200}>|<\d[\d:.]{0,20}>|\{\\[^{}\n\r]{0,100}\}/g;
const REFERENCE = /&(?:amp|lt|gt|quot|apos|nbsp|lrm|rlm|#\d{1,7}|#x[\da-fA-F]{1,6});/g;
const VOICE = /^<v(?:\.[^\s<>]*)?[ \t]+([^<>\n\r]{1,100})>/;
/** `MARY:` or `Mary Smith:` at the beginning of a cue. */
const NAMED = /^(?:>>[ \t]*)?(\p{Lu}[\p{L}\p{M}'’.-]*(?:[ \t]\p{Lu}[\p{L}\p{M}'’.-]*){0,3}):(?=\s|$)/u;
const DASH = /^[-–—‐][ \t]*(?=\S)/;
const SENTENCE_END = /[.!?…。！？♪\])][)"'”’»]*$/;
/** A sentence that breaks off here may go on in a cue that begins like this. */
const BREAKS_OFF = /(?:\.{2,}|…)["'”’»]*$/;
const GOES_ON = /^(?:\.{2,}|…|\p{Ll})/u;
/** A pause of this many seconds ends a sentence. */
const PAUSE = 4;
/** Maximum number of cues in one sentence. */
const MOST_CUES = 12;
const LOOK = 300;
const NO_PATH: readonly string[] = [];

export function subtitleView(text: string): ReadingView {
  return new Subtitles(text).view();
}

/** Whether a text begins like subtitles: two cues with a time line each, or the mark of WebVTT. */
export function looksLikeSubtitles(text: string): boolean {
  const head = text.slice(0, 4000);
  if (/^\ufeff?WEBVTT(?:[ \t\r\n]|$)/.test(head)) return true;
  const times = head.match(new RegExp(`^${CLOCK}[ \\t]*-->[ \\t]*${CLOCK}`, 'gm'));
  return /^\s*(?:\d{1,9}[ \t]*\r?\n)?\d[\d:.,]{3,12}[ \t]*-->/.test(head) && (times?.length ?? 0) >= 2;
}

class Subtitles {
  readonly #builder: ViewBuilder;
  readonly #lines: Line[];
  /** Cues of the sentence that is open. */
  #cues = 0;
  #open = false;
  /** The last cue breaks off. */
  #breaksOff = false;
  /** Inserted before the next shown text. */
  #lead = '';
  /** Seconds at which the last cue ended. */
  #ended = 0;

  constructor(readonly text: string) {
    this.#builder = new ViewBuilder(text);
    this.#lines = splitLines(text);
  }

  view(): ReadingView {
    const lines = this.#lines;
    for (let i = 0; i < lines.length; ) {
      const line = this.#look(lines[i]);
      const times = TIMES.exec(line);
      if (times) i = this.#cue(i, times);
      else if (SILENT.test(line)) i = this.#pastBlank(i);
      else if (line === '' || this.#isName(i)) i++;
      else {
        // Not a separate cue: it continues the last one.
        this.#spoken(i);
        i++;
      }
    }
    return this.#builder.build();
  }

  /** Number or name of a cue: its time line follows. */
  #isName(i: number): boolean {
    const next = this.#lines[i + 1];
    return (
      (next !== undefined && TIMES.test(this.#look(next))) || (CUE_NUMBER.test(this.#look(this.#lines[i])) && !next)
    );
  }

  #pastBlank(i: number): number {
    while (i < this.#lines.length && this.#look(this.#lines[i]) !== '') i++;
    return i;
  }

  /** @returns the line after the cue */
  #cue(at: number, [, start, end]: RegExpExecArray): number {
    const lines = this.#lines;
    if (this.#cues >= MOST_CUES || seconds(start) - this.#ended > PAUSE) this.#cues = 0;
    this.#ended = seconds(end);
    if (this.#breaksOff && !GOES_ON.test(this.#lines[at + 1] ? this.#look(this.#lines[at + 1]).replace(TAG, '') : '')) {
      this.#cues = 0;
    }
    const place = lines[at].start;
    let i = at + 1;
    let first = true;
    for (; i < lines.length; i++) {
      const line = this.#look(lines[i]);
      if (line === '' || TIMES.test(line)) break;
      if (first && this.#cues === 0) this.#begin(place, place + start.length);
      first = false;
      this.#spoken(i);
    }
    if (!first) this.#cues++;
    const tail = this.#tail(lines[i - 1]);
    this.#breaksOff = BREAKS_OFF.test(tail);
    if (!this.#breaksOff && SENTENCE_END.test(tail)) this.#cues = 0;
    return i;
  }

  #openBlock(): void {
    this.#builder.block('paragraph', NO_PATH, '\n\n');
    this.#open = true;
    this.#lead = '';
  }

  /** A sentence begins, with its time. */
  #begin(start: number, end: number): void {
    this.#openBlock();
    this.#builder.cell('saidAt').copy(start, end).cell('message');
    this.#lead = ' ';
  }

  #spoken(i: number): void {
    const { text } = this;
    const builder = this.#builder;
    let { start } = this.#lines[i];
    const { end } = this.#lines[i];
    if (!this.#open) this.#openBlock();
    const head = text.slice(start, Math.min(end, start + LOOK));
    const dash = DASH.exec(head);
    if (dash) {
      start += dash[0].length;
      // The speaker changes.
      builder.cell('message');
    }
    const rest = head.slice(dash?.[0].length ?? 0);
    const name = VOICE.exec(rest) ?? NAMED.exec(rest);
    if (name) {
      const from = start + name[0].indexOf(name[1]);
      builder.cell('speaker').insert(this.#lead);
      builder.copy(from, from + name[1].trimEnd().length).cell('message');
      this.#lead = ': ';
      start += name[0].length;
    }
    this.#untagged(start, end);
    if (this.#lead === '') this.#lead = ' ';
  }

  /** Text without its tags. */
  #untagged(start: number, end: number): void {
    let at = start;
    const part = this.text.slice(start, end);
    for (const match of part.matchAll(TAG)) {
      this.#decoded(at, start + match.index);
      at = start + match.index + match[0].length;
    }
    this.#decoded(at, end);
  }

  #decoded(start: number, end: number): void {
    let at = start;
    for (const match of this.text.slice(start, end).matchAll(REFERENCE)) {
      const place = start + match.index;
      this.#shown(at, place);
      at = place + match[0].length;
      const sign = decodeReference(match[0]);
      if (sign.trim() === '') this.#lead ||= ' ';
      else this.#shown(place, at, sign);
    }
    this.#shown(at, end);
  }

  #shown(start: number, end: number, sign?: string): void {
    if (end <= start) return;
    let from = start;
    if (this.#lead !== '') while (from < end && /\s/.test(this.text[from])) from++;
    if (from === end) return;
    this.#builder.insert(this.#lead);
    this.#lead = '';
    if (sign === undefined) this.#builder.copy(from, end);
    else this.#builder.decode(sign, start, end);
  }

  #look({ start, end }: Line): string {
    return this.text.slice(start, Math.min(end, start + LOOK)).trim();
  }

  /** The end of a line without its tags. */
  #tail({ start, end }: Line): string {
    return this.text
      .slice(Math.max(start, end - LOOK), end)
      .replace(TAG, '')
      .trimEnd();
  }
}

function seconds(clock: string): number {
  return clock
    .replace(',', '.')
    .split(':')
    .reduce((sum, part) => 60 * sum + Number(part), 0);
}

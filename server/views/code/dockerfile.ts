/**
 * Dockerfiles: every instruction with its meaning in words ("FROM base image: node:20"), since the model knows English
 * better than instructions. Commands of RUN stay code.
 */
import type { ReadingView } from '../base/reading-view.js';
import { ViewBuilder } from '../base/view-builder.js';

const MEANING: Readonly<Record<string, string>> = {
  // @ts-expect-error no inherited names: documents look words up here
  __proto__: null,
  FROM: 'base image',
  WORKDIR: 'working directory',
  USER: 'runs under the user',
  EXPOSE: 'exposed port',
  VOLUME: 'volume',
  CMD: 'default command',
  ENTRYPOINT: 'entry point',
  SHELL: 'shell',
  STOPSIGNAL: 'stop signal',
  MAINTAINER: 'maintainer',
  COPY: 'copies',
  ADD: 'adds',
  ONBUILD: 'on build',
  HEALTHCHECK: 'health is checked by the command',
  LABEL: 'label',
  ENV: 'environment variable',
  ARG: 'build argument',
};
/** Options before the arguments, in words. */
const OPTIONS: Readonly<Record<string, string>> = {
  // @ts-expect-error no inherited names: documents look words up here
  __proto__: null,
  interval: 'health is checked every',
  timeout: 'timeout of the health check',
  'start-period': 'start period of the health check',
  'start-interval': 'interval of the health check during the start',
  retries: 'retries of the health check',
  platform: 'platform of the base image',
  from: 'copied from the stage',
  chown: 'owner of the copied files',
  chmod: 'permissions of the copied files',
};
const INSTRUCTION = /[ \t]*([A-Za-z]+)(?=[ \t]|\\|\r?$)/my;
const HEREDOC = /<<-?(["']?)([A-Za-z_]\w*)\1/;
/** Lines in which a here-document must end, and how many may fail to before none is searched any more. */
const MAX_HEREDOC = 2000;
const MAX_FAILURES = 16;
const MAX_WORD = 100_000;
const NO_PATH: readonly string[] = [];

interface Range {
  start: number;
  end: number;
}

/** Never throws. */
export function dockerfileView(text: string): ReadingView {
  return new DockerfileReader(text).read();
}

class DockerfileReader {
  readonly #builder: ViewBuilder;
  readonly #escape: string;
  /** The name of the stage, above its instructions. */
  #path = NO_PATH;
  #at = 0;
  /** Here-documents without an end. */
  #failures = 0;

  constructor(readonly text: string) {
    this.#builder = new ViewBuilder(text);
    this.#escape = /^\s*#\s*escape\s*=\s*`/im.test(text.slice(0, 300)) ? '`' : '\\';
  }

  read(): ReadingView {
    const { text } = this;
    let commented = false;
    while (this.#at < text.length) {
      const { start, end, next } = this.#line(this.#at);
      const first = this.#firstText(start, end);
      if (text[first] === '#' && first < end) {
        commented = this.#comment(first, end, commented);
        this.#at = next;
        continue;
      }
      commented = false;
      INSTRUCTION.lastIndex = start;
      const word = first < end ? INSTRUCTION.exec(text) : null;
      if (word) this.#instruction(word[1], first);
      else {
        if (first < end) this.#builder.block('code', this.#path).copy(first, this.#trimmed(first, end)).endBlock();
        this.#at = next;
      }
    }
    return this.#builder.build();
  }

  #instruction(word: string, at: number): void {
    const { text } = this;
    const name = word.toUpperCase();
    const from = at + word.length;
    // Continued lines, and the comments between them.
    const pieces: Range[] = [];
    const comments: Range[] = [];
    let heredoc: string | undefined;
    for (let line = from; ; ) {
      const { start, end, next } = this.#line(line);
      const first = this.#firstText(start, end);
      let to = this.#trimmed(first, end);
      const comment = pieces.length > 0 && text[first] === '#';
      const goesOn = comment || first >= end ? pieces.length > 0 && first < end : text[to - 1] === this.#escape;
      if (!comment && goesOn) to = this.#trimmed(first, to - 1);
      if (to > first) (comment ? comments : pieces).push({ start: first, end: to });
      if (name === 'RUN' || name === 'COPY')
        heredoc ??= HEREDOC.exec(text.slice(first, Math.min(to, first + 2000)))?.[2];
      this.#at = next;
      if (!goesOn || next >= text.length) break;
      line = next;
    }
    if (heredoc) this.#heredoc(heredoc, pieces);
    if (name === 'RUN' || !MEANING[name]) this.#code(at, pieces, comments);
    else this.#arguments(name, { start: at, end: from }, pieces);
  }

  /** The lines of a here-document up to its end, if it has one. */
  #heredoc(tag: string, pieces: Range[]): void {
    if (this.#failures > MAX_FAILURES) return;
    const found: Range[] = [];
    for (let at = this.#at; at < this.text.length; ) {
      const { start, end, next } = this.#line(at);
      if (this.text.slice(start, end).trim() === tag) {
        for (const piece of found) pieces.push(piece);
        this.#at = next;
        return;
      }
      const first = this.#firstText(start, end);
      if (first < end) found.push({ start: first, end: this.#trimmed(first, end) });
      at = next;
      if (found.length > MAX_HEREDOC) break;
    }
    this.#failures++;
  }

  /** @param comments between the pieces: a block each, as their text is not part of the code */
  #code(at: number, pieces: readonly Range[], comments: readonly Range[]): void {
    const builder = this.#builder.block('code', this.#path);
    const word = /^[A-Za-z]+/.exec(this.text.slice(at, at + 40))![0];
    builder.copy(at, at + word.length);
    let lead = ' ';
    let next = 0;
    for (const { start, end } of pieces) {
      let commented = false;
      for (; next < comments.length && comments[next].start < start; next++) {
        commented = this.#comment(comments[next].start, comments[next].end, commented);
        lead = '';
      }
      if (commented) builder.endBlock().block('code', this.#path);
      builder.insert(lead).copy(start, end);
      lead = '\n';
    }
    builder.endBlock();
  }

  #arguments(name: string, word: Range, pieces: readonly Range[]): void {
    const words = pieces.flatMap((piece) => this.#words(piece));
    let first = 0;
    while (first < words.length && this.text.startsWith('--', words[first].start)) first++;
    // Options precede the text they belong to.
    if (name === 'FROM' && words[first]) this.#path = [this.#stage(words.slice(first))];
    for (const option of words.slice(0, first)) this.#option(option);
    const rest = words.slice(first);
    if (rest.length === 0) {
      this.#builder.block('code', this.#path).copy(Math.max(word.start, this.#builder.position), word.end).endBlock();
      return;
    }
    const key = word.start >= this.#builder.position ? this.text.slice(word.start, word.end) : undefined;
    if (name === 'ENV' || name === 'ARG' || name === 'LABEL') this.#pairs(name, rest);
    else if (name === 'EXPOSE')
      for (const one of rest) this.#value(MEANING[name], [one], one === rest[0] ? key : undefined);
    else if (name === 'HEALTHCHECK') this.#value(MEANING[name], rest.length > 1 ? rest.slice(1) : rest, key);
    else if (name === 'FROM') {
      this.#value(MEANING[name], rest.slice(0, 1), key);
      if (rest.length > 2) this.#value('name of the stage', rest.slice(2));
    } else if ((name === 'COPY' || name === 'ADD') && rest.length === 2) {
      this.#value(MEANING[name], rest.slice(0, 1), key);
      this.#value('to', rest.slice(1));
    } else this.#value(MEANING[name], rest, key);
  }

  #stage(words: readonly Range[]): string {
    const { start, end } = words[2] ?? words[0];
    return this.text.slice(start, Math.min(end, start + 120));
  }

  /** `--interval=30s` */
  #option({ start, end }: Range): void {
    const equals = this.text.indexOf('=', start);
    const has = equals > start && equals < end - 1;
    const name = this.text.slice(start + 2, has ? equals : end);
    if (!has) this.#builder.block('code', this.#path).copy(start, end).endBlock();
    else
      this.#value(
        OPTIONS[name] ?? '',
        [{ start: equals + 1, end }],
        OPTIONS[name] ? undefined : { start: start + 2, end: equals },
      );
  }

  /** `A=1 B="two words"`, or `A one value`. */
  #pairs(name: string, words: readonly Range[]): void {
    const { text } = this;
    const [head] = words;
    const plain = name === 'ENV' && !text.slice(head.start, head.end).includes('=');
    const groups: Range[][] = plain ? [[...words]] : words.map((word) => [word]);
    for (const group of groups) {
      const { start, end } = group[0];
      const equals = plain ? end : text.indexOf('=', start);
      const stop = equals < 0 || equals > end ? end : equals;
      // `ENV =` names nothing.
      if (stop === start) continue;
      const key = { start, end: stop };
      const values = plain ? group.slice(1) : stop < end - 1 ? [{ start: stop + 1, end }] : [];
      const split = text
        .slice(key.start, Math.min(key.end, key.start + 100))
        .replace(/[_.-]+/g, ' ')
        .toLowerCase();
      this.#value(
        `${MEANING[name]} ${split}`,
        values.map((one) => this.#unquoted(one)),
        key,
      );
    }
  }

  #unquoted({ start, end }: Range): Range {
    const quote = this.text[start];
    const quoted = end - start > 2 && (quote === '"' || quote === "'") && this.text[end - 1] === quote;
    return quoted ? { start: start + 1, end: end - 1 } : { start, end };
  }

  /** @param key the name of a variable; the word of an instruction is never an answer, and only shown */
  #value(meaning: string, values: readonly Range[], key?: Range | string): void {
    const builder = this.#builder.block('value', this.#path, '\n');
    if (typeof key === 'string') builder.insert(key);
    else if (key) builder.copy(key.start, key.end);
    if (key && meaning !== '') builder.insert(' ');
    builder.insert(meaning);
    if (values.length > 0) builder.insert(': ').key();
    let last = -1;
    for (const { start, end } of values) {
      // A space between words of one line is copied from the file.
      if (last >= 0 && /^[ \t]+$/.test(this.text.slice(last, Math.min(start, last + 100)))) builder.copy(last, start);
      else if (last >= 0) builder.insert(' ');
      builder.copy(start, end);
      last = end;
    }
    builder.endBlock();
  }

  /** Words of a range, quoted ones as a unit. */
  #words({ start, end }: Range): Range[] {
    const words: Range[] = [];
    for (let at = start; at < end; ) {
      while (at < end && /[ \t]/.test(this.text[at])) at++;
      const from = at;
      let quote = '';
      while (at < end && (quote !== '' || !/[ \t]/.test(this.text[at])) && at - from < MAX_WORD) {
        const unit = this.text[at];
        if (quote === '' && (unit === '"' || unit === "'")) quote = unit;
        else if (unit === quote) quote = '';
        at++;
      }
      if (at > from) words.push({ start: from, end: at });
    }
    return words;
  }

  /** @param goesOn the block of the comment above is open @returns the same for the next one */
  #comment(start: number, end: number, goesOn: boolean): boolean {
    let from = start;
    while (from < end && /[# \t]/.test(this.text[from])) from++;
    const to = this.#trimmed(from, end);
    if (to <= from) return goesOn;
    if (goesOn) this.#builder.insert(' ').copy(from, to);
    else this.#builder.block('comment', this.#path).copy(from, to);
    return true;
  }

  #line(start: number): Range & { next: number } {
    const newline = this.text.indexOf('\n', start);
    const end = newline < 0 ? this.text.length : newline;
    return { start, end, next: newline < 0 ? end : newline + 1 };
  }

  #firstText(start: number, end: number): number {
    let at = start;
    while (at < end && /\s/.test(this.text[at])) at++;
    return at;
  }

  #trimmed(start: number, end: number): number {
    let at = end;
    while (at > start && /\s/.test(this.text[at - 1])) at--;
    return at;
  }
}

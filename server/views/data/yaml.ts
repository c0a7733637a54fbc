/** Reading view of YAML by its concrete syntax tree, which has positions and tolerates errors. */
import type { CST } from 'yaml';
import { YamlTooDeep, yamlTokens } from '../../text/yaml-tokens.js';
import { DataWriter, MAX_NESTING, type Part, TooDeep } from '../base/data-writer.js';
import type { ReadingView } from '../base/reading-view.js';
import { plainView } from '../base/view-builder.js';
import { isTooLarge } from './parser-size.js';
import { blockScalar, flowScalar } from './yaml-scalars.js';

/** Longer texts are read as they are: the parser takes about a second for each. In UTF-16 units. */
const MAX_LENGTH = 2 * 1024 * 1024;
/** Then it takes 300 MB. A file of two megabytes that people write has half of it. */
const MAX_SIGNS = 200_000;

type Item = CST.BlockMap['items'][number] | CST.BlockSequence['items'][number] | CST.FlowCollection['items'][number];

/** Never throws. */
export function yamlView(text: string): ReadingView {
  if (isTooLarge(text, MAX_LENGTH, MAX_SIGNS)) return plainView(text);
  try {
    const reader = new Reader(text);
    for (const token of yamlTokens(text, MAX_NESTING)) reader.read(token);
    return reader.writer.finish();
  } catch (error) {
    if (error instanceof TooDeep || error instanceof YamlTooDeep || error instanceof RangeError) return plainView(text);
    throw error;
  }
}

class Reader {
  readonly writer: DataWriter;

  constructor(readonly text: string) {
    this.writer = new DataWriter(text);
  }

  read(token: CST.Token): void {
    if (token.type === 'document') {
      this.#signs(token.start);
      this.#node(token.value, false);
      this.#signs(token.end);
    } else if (token.type === 'doc-end') this.#signs(token.end);
    else if (token.type === 'comment') this.#signs([token]);
    else this.#node(token, false);
  }

  /** Depth of calls is that of containers, which the writer bounds. @param isKey the scalar is a key */
  #node(token: CST.Token | null | undefined, isKey: boolean): void {
    switch (token?.type) {
      case 'block-map':
      case 'block-seq':
        this.writer.enter(token.offset);
        for (const item of token.items) this.#item(item);
        this.writer.leave();
        break;
      case 'flow-collection': {
        this.writer.enter(token.offset);
        for (const item of token.items) this.#item(item);
        const close = token.end.find(({ type }) => type === 'flow-map-end' || type === 'flow-seq-end');
        this.writer.leave(close ? close.offset + 1 : -1);
        this.#signs(token.end);
        break;
      }
      case 'scalar':
      case 'alias':
      case 'single-quoted-scalar':
      case 'double-quoted-scalar': {
        const parts = this.#scalar(token);
        if (isKey) this.writer.key(parts);
        else this.writer.value(parts);
        this.#signs(token.end);
        break;
      }
      case 'block-scalar': {
        this.#signs(token.props.filter((sign) => sign.type === 'comment') as CST.SourceToken[]);
        const header = token.props.find(({ type }) => type === 'block-scalar-header') as CST.SourceToken | undefined;
        const last = token.props.at(-1) as CST.SourceToken | undefined;
        const start = last ? last.offset + last.source.length : token.offset;
        this.writer.value(
          blockScalar(this.text, start, start + token.source.length, header?.source ?? '|', token.indent),
        );
        break;
      }
      case 'error':
      case 'flow-error-end':
        this.writer.broken();
    }
  }

  #item(item: Item): void {
    this.#signs(item.start);
    if (item.key) {
      const plain = !('items' in item.key) && item.key.type !== 'block-scalar';
      this.#node(item.key, plain);
    }
    this.#signs(item.sep);
    this.#node(item.value, false);
  }

  /** Comments are shown, indicators and spaces are not. */
  #signs(tokens: readonly CST.SourceToken[] | undefined): void {
    for (const { type, offset, source } of tokens ?? []) {
      if (type !== 'comment') continue;
      let start = offset;
      while (source[start - offset] === '#') start++;
      this.writer.comment(start, offset + source.length);
    }
  }

  #scalar({ type, offset, source }: CST.FlowScalar): Part[] {
    const end = offset + source.length;
    if (type === 'scalar' || type === 'alias') return flowScalar(this.text, offset, end, '');
    const quote = type === 'single-quoted-scalar' ? "'" : '"';
    const closed = source.length > 1 && source.endsWith(quote);
    return flowScalar(this.text, offset + 1, closed ? end - 1 : end, quote);
  }
}

/** Comment syntax of languages that only the editor knows, from its own language configurations. */
import { parse } from 'jsonc-parser';
import { readRegularSync } from '../../storage/open-file.js';
import type { CommentSyntax } from './comment-syntax.js';
import { DQ } from './syntax-presets.js';

/** Maximum size of a configuration. */
const MAX_BYTES = 1024 * 1024;

export class EditorLanguages {
  readonly #files: Readonly<Record<string, string>>;
  readonly #known = new Map<string, CommentSyntax | undefined>();

  /** @param files by language identifier the `language-configuration.json`; each is read when its language is needed */
  constructor(files: Readonly<Record<string, string>> = {}) {
    this.#files = files;
  }

  /** Undefined: the editor does not know the language or its comments either, or the file cannot be read. */
  syntaxOf(languageId: string): CommentSyntax | undefined {
    if (!Object.hasOwn(this.#files, languageId)) return undefined;
    if (!this.#known.has(languageId)) this.#known.set(languageId, read(this.#files[languageId]));
    return this.#known.get(languageId);
  }
}

function read(file: string): CommentSyntax | undefined {
  try {
    const text = readRegularSync(file, MAX_BYTES).toString('utf8');
    return commentSyntax(parse(text, [], { allowTrailingComma: true }));
  } catch {
    return undefined;
  }
}

/** `comments` of a language configuration; besides that, only strings in double quotes are assumed. */
export function commentSyntax(configuration: unknown): CommentSyntax | undefined {
  const { lineComment, blockComment } = property(configuration, 'comments') ?? {};
  const marker = typeof lineComment === 'string' ? lineComment : property(lineComment, 'comment');
  const [open, close] = Array.isArray(blockComment) ? blockComment : [];
  const line = isMarker(marker) ? [marker] : [];
  const block = isMarker(open) && isMarker(close) ? [{ open, close }] : [];
  if (line.length + block.length === 0) return undefined;
  return { line, block, strings: [...line, open].includes('"') ? [] : [DQ] };
}

const isMarker = (value: unknown): value is string => typeof value === 'string' && /^\S{1,20}$/.test(value.trim());

// biome-ignore lint/suspicious/noExplicitAny: a foreign file, each field is checked where it is used
const property = (value: unknown, key: string): any =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;

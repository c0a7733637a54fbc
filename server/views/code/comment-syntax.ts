/**
 * How comments and literals of programming languages are written: for a scanner to distinguish comments from code.
 * Expressions are sticky; those that begin with a word character match only where a word begins.
 */

export interface LineRule {
  readonly open: string;
  /** Only as the first thing of a line, or only where a word can begin (after space or `;|&(`). */
  readonly at?: 'lineStart' | 'wordStart';
  /** What must not follow the marker. */
  readonly unless?: RegExp;
}

/** An opening as its characters, or as an expression with the characters that it can begin with. */
export interface Opening {
  readonly open: string | RegExp;
  readonly first?: string;
  /** The end, which may depend on the opening (`[==[` … `]==]`). None: the opening is the whole of it. */
  readonly close?: string | ((match: RegExpExecArray) => string);
}

export interface BlockRule extends Opening {
  readonly nested?: boolean;
  /** Only in the first column. */
  readonly firstColumn?: boolean;
}

export interface StringRule extends Opening {
  /** The escape character. */
  readonly escape?: string | undefined;
  /** A doubled closing stands for itself. */
  readonly doubled?: boolean;
  /** May span lines; otherwise an unterminated one ends with its line. */
  readonly lines?: boolean;
  /** Marks around code inside the string: `${` and `}`. */
  readonly code?: readonly [string, string];
  /** Is documentation: as a separate statement (Python), after `@doc` (Elixir), always (GraphQL). */
  readonly doc?: 'statement' | 'attribute' | 'always';
  /** May be open at the end of the file (the HTML after `?>`). */
  readonly openEnded?: boolean;
}

/** The editor's own language configurations can give `line` and `block`; the table below gives the rest. */
export interface CommentSyntax {
  readonly line?: readonly (string | LineRule)[] | undefined;
  readonly block?: readonly BlockRule[] | undefined;
  readonly strings?: readonly StringRule[] | undefined;
  /** Characters that escape the next one in code: `\` of a shell, `$` of Perl. */
  readonly skip?: readonly string[] | undefined;
  /** `/…/` is a regular expression where a value can begin. */
  readonly regex?: boolean | undefined;
  /** Opening of a here-document; its group `tag` is the line that ends it. */
  readonly heredoc?: RegExp | undefined;
  /** `q{…}`, `s/…/…/`, `%w[…]`. */
  readonly quotes?: 'perl' | 'ruby' | undefined;
  /** The file begins inside this string (PHP: text up to `<?`). */
  readonly startsIn?: StringRule | undefined;
}

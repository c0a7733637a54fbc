/** The concrete syntax tree of YAML, up to a maximum depth: the library goes back over everything that is open. */
import { type CST, Lexer, type LineCounter, Parser } from 'yaml';

/** Nested more deeply than the limit. */
export class YamlTooDeep extends Error {}

/**
 * @param depth most containers that are open at once; time is in proportion to the text times this
 * @param lines receives the starts of the lines
 * @throws YamlTooDeep
 */
export function* yamlTokens(text: string, depth: number, lines?: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lines?.addNewLine);
  // Private in its types only.
  const { stack } = parser as unknown as { stack: readonly unknown[] };
  lines?.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (stack.length > depth) throw new YamlTooDeep(`more than ${depth} levels`);
  }
  yield* parser.end();
}

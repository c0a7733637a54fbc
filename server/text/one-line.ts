/** Text of documents, names of files and of models as a terminal may show it: characters, and nothing that steers. */

/**
 * What steers a terminal or a reader: control characters (escape sequences begin with one), characters that change the
 * direction of what follows, so that a name reads as another one, and halves of surrogate pairs.
 */
const STEERING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are replaced.
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u206a-\u206f\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Line ends and tabs stay; everything else that steers is replaced by U+FFFD. */
export const unsteered = (text: string): string =>
  text.replace(STEERING, (c) => (c === '\t' || c === '\r' ? c : '\ufffd'));

/** The sequences of `styleFor`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: our own.
const OWN_STYLES = /(\x1b\[(?:1;30;43|[012])m)/;

/** One line: white space collapsed, what could steer a terminal replaced by U+FFFD. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').replace(STEERING, '\ufffd');

/**
 * Several lines, of which only line feeds stay; everything else that steers is replaced by U+FFFD. Each value that
 * comes from outside is made one line before, so that it cannot pretend to be a line of ours.
 * @param styled whether our own colours stay
 */
export function terminalText(text: string, styled = false): string {
  if (!styled) return text.replace(STEERING, '\ufffd');
  return text
    .split(OWN_STYLES)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(STEERING, '\ufffd')))
    .join('');
}

/** JSON in one line that a terminal shows as it is; the value that it stands for is the same. */
export const terminalJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u206a-\u206f\ufff9-\ufffb]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * Text as Markdown that shows exactly this text: no link, no emphasis, no HTML, whatever it contains. Pure.
 * `MarkdownString.appendText` would do, but makes every space a no-break space, so that nothing wraps.
 */
export function asMarkdown(text: string): string {
  return text
    .replace(/[!-/:-@[-`{-~]/g, '\\$&')
    .replace(/\\&/g, '&amp;')
    .replace(/\\</g, '&lt;')
    .replace(/ {2,}|^ |\t/gm, (run) => '&nbsp;'.repeat(run === '\t' ? 4 : run.length))
    .replace(/\r\n|\r|\n/g, '  \n');
}

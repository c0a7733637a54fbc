/** Text of documents, questions and settings, for places where VS Code would read some of it as more than text. Pure. */

/**
 * As Markdown that shows exactly this text: no link, no emphasis, no HTML, whatever it contains.
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

/** Text for places where VS Code makes icons of "$(name)": status bar and lists. */
export const asLabel = (text: string): string => text.replaceAll('$(', '\\$(');

/** Text for notifications, where VS Code makes links of "[text](command:...)": shown as it is, it is not clickable. */
export const asMessage = (text: string): string => text.replaceAll('](', ']\u200b(');

/** Text of documents, questions and settings, for places where VS Code would interpret parts of it. Pure. */
import { oneLine, unsteered } from '../../server/text/one-line.js';

/**
 * Markdown that shows exactly this text: no links, emphasis or HTML.
 * `MarkdownString.appendText` turns every space into a no-break space, so that nothing wraps.
 */
export function asMarkdown(text: string): string {
  return unsteered(text)
    .replace(/[!-/:-@[-`{-~]/g, '\\$&')
    .replace(/\\&/g, '&amp;')
    .replace(/\\</g, '&lt;')
    .replace(/ {2,}|^ |\t/gm, (run) => '&nbsp;'.repeat(run === '\t' ? 4 : run.length))
    .replace(/\r\n|\r|\n/g, '  \n');
}

/** Text for places where VS Code turns "$(name)" into icons: status bar, labels and details of lists. */
export const asLabel = (text: string): string => oneLine(text).replaceAll('$(', '\\$(');

/**
 * Text for notifications, their progress, prompts and the line above a tree, where VS Code turns "[text](command:...)"
 * into links: it is shown as is, not clickable.
 */
export const asMessage = (text: string): string => oneLine(text).replaceAll('](', ']\u200b(');

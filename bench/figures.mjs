// Helpers to print figures of the benchmarks.

/** The q-quantile (0 to 1) of the list. */
export const quantile = (list, q) =>
  [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(q * list.length))];

/** A table of Markdown: its head and its rows, as lists of cells. */
export function markdownTable(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

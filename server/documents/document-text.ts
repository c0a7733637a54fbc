/** The text of a file in the form of the protocol. */
import type { DocumentText, Warning } from '../protocol.js';
import type { DocumentContent } from './extraction.js';

/** @param warnings about it */
export function documentText({ text, extracted }: DocumentContent, warnings: readonly Warning[]): DocumentText {
  const { places = [], blocks = [], pageSizes } = extracted ?? {};
  return {
    text,
    extracted: extracted !== undefined,
    places,
    headings: blocks.flatMap(({ kind, start, end, ...rest }) =>
      kind === 'heading' ? [{ start, end, level: ('level' in rest ? rest.level : undefined) ?? 1 }] : [],
    ),
    ...(pageSizes ? { pageSizes: [...pageSizes] } : {}),
    notes: warnings.map(({ message }) => message),
  };
}

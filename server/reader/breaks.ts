/** Where a text can be cut into windows with little harm: blocks, paragraphs, lines and sentences. */
import type { Passage } from './document.js';
import type { Breaks } from './windows.js';

/** @param text of the view that contains the passage */
export function breaksOf(text: string, { pieces, layout }: Pick<Passage, 'pieces' | 'layout'>): Breaks {
  return (piece) => {
    const end = pieces.ends[piece - 1];
    if (layout?.joints?.[piece] === 1) return undefined;
    if (layout && layout.limits[piece - 1] === piece) return 'block';
    const gap = text.slice(end, pieces.starts[piece]);
    if (/\n\s*\n/.test(gap)) return 'block';
    if (/[\n\r]/.test(gap)) return 'sentence';
    return gap && /[.!?…。！？]/.test(text[end - 1]) ? 'sentence' : undefined;
  };
}

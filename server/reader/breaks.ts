/** Where a text can be cut into windows with little harm: blocks, paragraphs, lines and sentences. */
import { isSpace } from '../tokenizer/pieces.js';
import type { Passage } from './document.js';
import type { Breaks } from './windows.js';

/** @param text of the view that contains the passage */
export function breaksOf(text: string, { pieces, layout }: Pick<Passage, 'pieces' | 'layout'>): Breaks {
  return (piece) => {
    if (layout?.joints?.[piece] === 1 || isSpace(text, pieces, piece)) return undefined;
    let before = piece - 1;
    while (before > 0 && isSpace(text, pieces, before)) before--;
    const end = pieces.ends[before];
    if (layout && layout.limits[before] === before + 1) return 'block';
    const gap = text.slice(end, pieces.starts[piece]);
    if (/\n\s*\n/.test(gap)) return 'block';
    if (/[\n\r]/.test(gap)) return 'sentence';
    // Chinese and Japanese have no space after a sentence.
    return (gap ? /[.!?…。！？]/ : /[。！？]/).test(text[end - 1]) ? 'sentence' : undefined;
  };
}

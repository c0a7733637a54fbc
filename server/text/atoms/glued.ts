/** Sentences without a space between them: `He was born in Oslo.She was not.` */

/** Units examined around the mark. */
const REACH = 60;
/** Words that begin a sentence, rarely the last part of a name. */
const OPENERS = new Set(
  `a after all also although an and another as at because before both but by each even every few first for from he her here his how
  however i if in it its last later many more most much my no nobody not nothing now of on once one only other our she since so some
  such that the their then there these they this those though three to today two under until we what when where which while who why
  with within without you your
  aber alle als am an auch auf aus bei bis da damit danach dann das dem den der des die dies diese dieser dieses doch dort du durch ein
  eine einer eines er es für hier ich ihr ihre im in ist jede jeder kein keine man mit nach nicht noch nun nur ob oder ohne sein seine
  seit sie sind so über um und unter viele vom von vor war was weil wenn wer wie wir wo zu zum zur zwei`.split(/\s+/),
);
const BEFORE = /[\p{L}\p{M}\p{N}_$.#:/@'’-]*$/u;
const AFTER = /^[\p{L}\p{M}\p{N}_$]*/u;
/** What follows a word of a sentence; a name in code is followed by other characters. */
const GOES_ON = /^(?:['’]s)?[,;:]?[\s]+[\p{L}\p{N}"“„'(]/u;

/**
 * Whether a full stop between two letters ends a sentence, rather than being a part of a name such as `System.Text`.
 * @param at offset of the stop
 */
export function isGlued(text: string, at: number): boolean {
  // Most are followed by a space.
  if (at + 1 >= text.length || text.charCodeAt(at + 1) === 32) return false;
  const right = AFTER.exec(text.slice(at + 1, at + 1 + REACH))![0];
  // A sentence begins with a capital letter, and has no more of them in one word; a name in code is recognised by its
  // characters.
  if (!/^\p{Lu}\p{M}*(?:\p{Ll}|\p{M})*$/u.test(right)) return false;
  const left = BEFORE.exec(text.slice(Math.max(0, at - REACH), at))![0];
  const after = text.slice(at + 1 + right.length, at + 1 + right.length + REACH);
  const last = /[\p{L}\p{M}\p{N}]*$/u.exec(left)![0];
  if (!/^(?:\p{Lu}?[\p{Ll}\p{M}]{2,}|\d+|\p{Lu}{2,6})$/u.test(last) || /[_$#@/]|::|\.\p{L}/u.test(left)) return false;
  // A name has its two words in quotes, a call its brackets, a longer name more points.
  if (/^["'`(<[{=]|^\.\p{L}|^::/u.test(after)) return false;
  const outside = text.charAt(at - left.length - 1);
  if (/["'`(<[{=]/.test(outside)) return false;
  if (OPENERS.has(right.toLowerCase())) return after === '' || GOES_ON.test(after);
  if (right.length === 1 || !GOES_ON.test(after)) return false;
  // Another word with a capital letter follows (a person's name), or the word occurs alone nearby.
  return (
    /^\s+\p{Lu}\p{Ll}/u.test(after) ||
    new RegExp(`(?<![\\p{L}\\p{N}.])${right}(?![\\p{L}\\p{N}.])`, 'u').test(
      text.slice(Math.max(0, at - 10 * REACH), at) + text.slice(at + 1 + right.length, at + 10 * REACH),
    ) ||
    (/^\p{Ll}{2,}$/u.test(last) && wordBefore(text, at - last.length))
  );
}

/** A sentence has several words before its last. */
function wordBefore(text: string, at: number): boolean {
  return /\p{L}{2,}[,;]?\s+\p{L}{1,30}[,;]?\s+$/u.test(text.slice(Math.max(0, at - 2 * REACH), at));
}

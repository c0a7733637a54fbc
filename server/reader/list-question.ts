/** What a question asks about a list: all of it ("which documents"), one item ("the third step"), or nothing. */
import { stemOf, stemsOfQuestion, wordsOf } from '../text/stems.js';

export interface ListQuestion {
  /** All items are requested. */
  all: boolean;
  /** Number of the requested item: 1 for the first, -1 for the last. */
  ordinal?: number;
  /** The item itself is requested, not something in it. */
  whole: boolean;
  /** Stems of the listed things, singular and plural; empty: not named ("what are ..."). */
  nouns: readonly number[];
  /** The noun names an item of any list: step, point. */
  generic: boolean;
  /** Stems that the question is about, without noun and ordinal. */
  rest: readonly number[];
}

const AUXILIARY = new Set(
  wordsOf(`are is was were do does did can could must may might should shall will would has have had need needs`),
);
const IRREGULAR = new Set(wordsOf('people children men women feet criteria data media phenomena persons staff'));
const GENERIC = new Set(
  wordsOf('step item point entry bullet stage phase instruction element number').map((word) => stemOf(word)),
);
const ORDINALS = 'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth'.split(' ');
const ORDINAL = new RegExp(
  String.raw`\b(?:the|its|their|my|your|our|his|her)\s+(${ORDINALS.join('|')}|last|final|penultimate|second[- ]to[- ]last|\d{1,3}(?:st|nd|rd|th))\s+([\p{L}-]+)`,
  'iu',
);
const NUMBERED =
  /\b(steps?|items?|points?|rules?|number|no\.|entry|stage|phase|clause|requirement|condition)\s+\(?(\d{1,3}|[a-h])\)?(?=[\s?.!,]|$)/iu;
/** Imperative words that ask for a list. */
const COMMAND = /^(?:please\s+)?(?:list|name|enumerate|give|state|mention|tell|show|write|read|quote|describe)\b/i;

/** Undefined: the question does not ask about a list. Time is linear in the question. */
export function listQuestionOf(question: string): ListQuestion | undefined {
  return ordinalOf(question) ?? pluralOf(question);
}

function ordinalOf(question: string): ListQuestion | undefined {
  const named = ORDINAL.exec(question);
  const numbered = named ? null : NUMBERED.exec(question);
  const found = named ?? numbered;
  if (!found) return undefined;
  const ordinal = named ? ordinalValue(named[1].toLowerCase()) : labelValue(numbered?.[2] ?? '');
  const nouns = stemsOfNoun((named ? named[2] : (numbered?.[1] ?? '')).toLowerCase());
  const used = new Set(wordsOf(found[0]).map(stemOf));
  const before = question.slice(0, found.index).trim();
  const after = question.slice(found.index + found[0].length).trim();
  // "What is the third step (of ...)?", "What does step 3 say?", "Name the last item."
  const asks = /^(?:what|which|who)(?:'s|\s+(?:is|are|was|were))?(?:\s+(?:one\s+)?(?:is|are|was|were))?$/i.test(before);
  const says =
    /^what\s+(?:does|is\s+(?:said|done)\s+in|happens\s+in|(?:do|should|must)\s+(?:I|you|we|one)\s+do\s+in)$/i;
  const ends =
    after === '' || /^(?:[?.!]|(?:of|in|on|for|to|from|say|mean|require|state|about|when|called)\b)/i.test(after);
  const whole = ends && (asks || says.test(before) || COMMAND.test(before));
  const rest = stemsOfQuestion(question).filter((stem) => !used.has(stem) && !ABOUT_LISTS.has(stem));
  return { all: false, ordinal, whole, nouns, generic: nouns.some((noun) => GENERIC.has(noun)), rest };
}

/** Plurals that a stemmer does not know. */
const PLURALS = new Map([
  ['person', 'people'],
  ['child', 'children'],
  ['man', 'men'],
  ['woman', 'women'],
  ['foot', 'feet'],
  ['criterion', 'criteria'],
  ['phenomenon', 'phenomena'],
  ['leaf', 'leaves'],
  ['life', 'lives'],
] as [string, string][]);
const SINGULARS = new Map([...PLURALS].map(([one, many]) => [many, one]));

/** Stems of a noun in lower case, as given and in the other number. */
function stemsOfNoun(noun: string): number[] {
  const other =
    PLURALS.get(noun) ??
    SINGULARS.get(noun) ??
    (noun.endsWith('is') ? noun.replace(/is$/, 'es') : noun.replace(/es$/, 'is'));
  return [...new Set([stemOf(noun), stemOf(other)])];
}

/** Words for the list itself. */
const ABOUT_LISTS = new Set(
  wordsOf(
    'all every each whole complete list name give enumerate state mention tell show write read quote describe say mean happen done item',
  ).map((word) => stemOf(word)),
);

function ordinalValue(word: string): number {
  const at = ORDINALS.indexOf(word);
  if (at >= 0) return at + 1;
  if (word === 'last' || word === 'final') return -1;
  if (/^\d/.test(word)) return Number.parseInt(word, 10);
  return -2;
}

const labelValue = (label: string): number =>
  /^\d/.test(label) ? Number(label) : (label.toLowerCase().codePointAt(0) ?? 96) - 96;

function pluralOf(question: string): ListQuestion | undefined {
  const words = wordsOf(question).slice(0, 24);
  const noun = pluralNoun(question, words);
  if (noun === undefined) return undefined;
  const nouns = noun === '' ? [] : stemsOfNoun(noun);
  const rest = stemsOfQuestion(question).filter((stem) => !nouns.includes(stem) && !ABOUT_LISTS.has(stem));
  return { all: true, whole: false, nouns, generic: nouns.some((one) => GENERIC.has(one)), rest };
}

/** The requested plural; '': not named; undefined: no plural is requested. */
function pluralNoun(question: string, words: readonly string[]): string | undefined {
  if (COMMAND.test(question.trim())) {
    const at = words.findIndex((word, i) => i > 0 && isPlural(word));
    const stop = words.findIndex(
      (word, i) => i > 0 && /^(?:of|in|for|to|that|which|who|with|from)$/.test(word) && words[i - 1] !== 'all',
    );
    if (at >= 0 && (stop < 0 || at < stop)) return words[at];
    return words.includes('all') && at >= 0 ? words[at] : undefined;
  }
  // "which", or a preposition before it: "in which years".
  const asking = words.slice(0, 2).findIndex((word) => word === 'which' || word === 'what' || word === 'who');
  if (asking < 0 || (asking === 1 && words[0].length > 7)) return undefined;
  const next = words.slice(asking + 1);
  const verb = next.slice(0, 6).findIndex((word) => AUXILIARY.has(word));
  if (verb === 0) {
    if (next[0] !== 'are' && next[0] !== 'were') return undefined;
    const stop = next.findIndex(
      (word, i) => i > 0 && /^(?:of|in|for|to|that|which|who|with|from|on|by|at)$/.test(word),
    );
    const phrase = next.slice(1, stop < 0 ? undefined : stop);
    return phrase.findLast(isPlural) ?? '';
  }
  if (verb > 0) {
    // "Which documents are ...": the word before the verb, or the one before "of ...".
    const of = next.slice(0, verb).indexOf('of');
    const head = next[(of > 0 ? of : verb) - 1];
    return isPlural(head) ? head : undefined;
  }
  // "Which documents prove ...": no other word shows where the noun ends.
  const [first, second] = next;
  return first !== undefined && isPlural(first) && second !== undefined && !isPlural(second) ? first : undefined;
}

const isPlural = (word: string): boolean =>
  IRREGULAR.has(word) || (word.length > 3 && /[^suia]s$/.test(word) && !/(?:always|perhaps|besides|times)$/.test(word));

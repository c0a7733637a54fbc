/** What a question says about the form of its answer, in English and German. */
import type { OffsetRange } from '../../protocol.js';
import type { EdgeOptions } from './complete.js';
import { links, phones } from './contacts.js';
import { times } from './times.js';

/** Units before and after a span that decide whether it is an atom. */
const LOOKED_AT = 30;
/** Units of the longest span that can be an atom. */
const LONGEST = 2000;

const word = (words: string): RegExp => new RegExp(`(?<![\\p{L}])(?:${words})(?![\\p{L}])`, 'iu');

const BEGIN = word(
  'begins?|beg[au]n|starts?|started|opens?|since|from when|born|beginnt|begann|anfängt|fängt|öffnet|geboren|ab wann|seit wann',
);
const END = word(
  'ends?|ended|close[sd]?|finish(?:e[sd])?|stop(?:s|ped)?|until|till|expires?|expired|die[sd]?|endet|endete|schließt|schliesst|gestorben|starb|bis wann|läuft ab',
);
const WHEN = /^\s*(?:since |until |till |by |for |seit |bis |ab |für |zu )?(?:when|wann)(?!\p{L})/iu;

/** Which parts of dates, times and ranges answer a question alone. */
export function edgesFor(question: string): EdgeOptions {
  const endsAlone = BEGIN.test(question) || END.test(question);
  return { endsAlone, wholeDates: WHEN.test(question) };
}

const MAIL =
  /(?<!\p{L})(?:e-?mail|mail)[- ]?(?:address(?:es)?|adressen?)(?!\p{L})|\b(?:the|our|your|die)(?: \p{L}+)? e-?mail\s*\?*$/iu;
const URL = word('urls?|links?|web ?(?:site|page|address)|webseite|web-?adresse|homepage|internetadresse');
const PHONE = word(
  '(?:(?:tele)?phone|fax|hotline) numbers?|numbers? of the (?:\\p{L}+ )?(?:phone|hotline|fax|telephone)|telefonnummer|rufnummer|faxnummer|durchwahl|nummer der hotline',
);

const MEASURE =
  /(?<!\p{L})how (?:wide|tall|high|deep|thick|heavy|far|large|big|long (?:is|are|was|were) (?:an?|the|this|that|its|their) [\p{L} -]+[?\s]*$)/iu;
const LENGTH =
  /^\p{N}[\p{N}.,]*\s?(?:[mck]?m|mi|in|ft|yd|nm|µm|(?:centi|milli|kilo)?met(?:er|re)s?|miles?|inch(?:es)?|feet|foot|yards?|(?:Zenti|Milli|Kilo)?meter|Meilen?|pages?|characters?|bytes?)(?!\p{L})/iu;

/** `Which CVE`, `what RFC`: the letters stand before the number in the text. */
const SERIES = /(?<!\p{L})(?:[Ww]hich|[Ww]hat|[Ww]elche[mnrs]?)\s+(\p{Lu}{2,6})(?![\p{L}\p{N}-])/u;

function isOfSeries(series: string): Names {
  const named = new RegExp(`^(?:(?:in|on|of) )?${series}[-_ ]?\\p{N}`, 'u');
  return (text, { start, end }) =>
    named.test(text.slice(start, Math.min(end, start + LOOKED_AT))) ||
    (/^\p{N}/u.test(text.slice(start, end)) &&
      text.slice(Math.max(0, start - LOOKED_AT), start).endsWith(`${series} `));
}

/**
 * Whether a part of a text is what a question names: a mail address, a URL, a telephone number, the number of a series
 * such as RFC, a length, the end of a time.
 */
export type Names = (text: string, span: OffsetRange) => boolean;

/** Undefined: the question names nothing recognisable by its form. */
export function namesForm(question: string): Names | undefined {
  const isMail = (text: string, { start, end }: OffsetRange) => /^[^/?]*@/.test(text.slice(start, end));
  if (MAIL.test(question)) return (text, span) => isMail(text, span) && is(links, text, span);
  if (URL.test(question)) return (text, span) => !isMail(text, span) && is(links, text, span);
  if (PHONE.test(question)) return (text, span) => is(phones, text, span);
  if (MEASURE.test(question))
    return (text, { start, end }) => LENGTH.test(text.slice(start, Math.min(end, start + 60)));
  const [, series] = SERIES.exec(question) ?? [];
  if (series !== undefined) return isOfSeries(series);
  const [begin, end] = [BEGIN.test(question), END.test(question)];
  if (!/(?<!\p{L})(?:when|what time|wann|um wie viel uhr)(?!\p{L})/iu.test(question) || begin === end) return undefined;
  const before = begin
    ? /(?:^|[^\p{L}])(?:from|since|beginning|starting|von|ab|seit)\s+(?:the |dem )?$/iu
    : /(?:(?:^|[^\p{L}])(?:until|till|to|bis(?: zum)?)\s+(?:the )?|[\d.\p{L}]\s?[–—-]\s?)$/iu;
  return (text, span) =>
    before.test(text.slice(Math.max(0, span.start - LOOKED_AT), span.start)) && is(times, text, span);
}

/** Whether a span is an atom of a kind, or a part of one that may stand alone. */
function is(finder: typeof links, text: string, span: OffsetRange): boolean {
  if (span.end - span.start > LONGEST) return false;
  const from = Math.max(0, span.start - LOOKED_AT);
  return finder(text.slice(from, span.end + LOOKED_AT)).some((atom) =>
    [atom, ...(atom.parts ?? []), ...(atom.timeParts ?? []), ...(atom.ends ?? [])].some(
      ({ start, end }) => from + start === span.start && from + end === span.end,
    ),
  );
}

const HOW_MANY =
  /(?<![\p{L}])(?:how many|wie ?viele|(?:what|which) (?:number|percentage) of|number of what)(?!\p{L})/iu;
const AMOUNT = new RegExp(
  `\\p{N}|${
    word(
      'one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:-\\p{L}+)?|hundreds?|thousands?|millions?|billions?|dozens?|half|third|quarter|once|twice|both|single|couple|few|several|many|most|all|every|each|no|none|nobody|nothing|free|zero|unlimited|infinite(?:ly)?|infinity|any number|' +
        'eins?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|\\p{L}*(?:zehn|zig|hundert|tausend)|halb\\p{L}*|beide|mehrere|viele|wenige|alle|jede[rsn]?|keine?[nr]?|null|unbegrenzt|beliebig viele|kostenlos|gratis|die Hälfte',
    ).source
  }`,
  'iu',
);

const PRICE =
  /(?<!\p{L})(?:how much (?:does|do|did|is|are|was|were)|(?:price|cost|fee|fare|salary|rent|budget) (?:of|for))(?!\p{L})/iu;
const MAIL_ADDRESS = /(?<!\p{L})(?:e-?mail|mail)[- ]?(?:address(?:es)?|adressen?)(?!\p{L})/iu;
const CLOCK = /(?<!\d)\d{1,2}(?::\d{2})?\s?(?:[ap]\.?m\b|o['’]clock|Uhr)|\d{4}-\d{2}-\d{2}/iu;

/**
 * Whether a part of a text cannot have the form that a question asks for: an amount ("how many", "the price of"), a
 * mail address, a telephone number, a size rather than a time of day. Undefined: the question names none.
 */
export function lacksForm(question: string): Names | undefined {
  const lacks = (form: RegExp): Names => {
    return (text, { start, end }) => !form.test(text.slice(start, Math.min(end, start + LONGEST)));
  };
  if (HOW_MANY.test(question) || PRICE.test(question)) return lacks(AMOUNT);
  // The person whose address it is has another form.
  if (/^\s*(?:who(?:se|m)?|wer|wessen|wem)(?!\p{L})/iu.test(question)) return undefined;
  if (MAIL_ADDRESS.test(question)) return lacks(/@|[\s([]at[\s)\]]/i);
  if (PHONE.test(question)) return lacks(/\p{N}/u);
  if (MEASURE.test(question)) {
    const [hasNoTime, hasNoAmount] = [lacks(CLOCK), lacks(AMOUNT)];
    return (text, span) => !hasNoTime(text, span) || hasNoAmount(text, span);
  }
  return undefined;
}

const ASKS_VERSION = word(
  '(?:sub)?versions?|releases?|released|when|since|until|tags?|numbers?|updates?|updated|first|last|latest|newest|oldest|current|wann|seit|bis|nummern?|erste[nr]?|letzte[nr]?|neu(?:e|est)e[nr]?|aktuelle[nr]?|veröffentlicht',
);
const VERSION = /^\[?v?\p{N}+\.\p{N}[\p{L}\p{N}.+-]*\]?$/iu;
const LONGEST_VERSION = 40;

/**
 * Whether a part of a text is only a version, which a question about something else does not ask for. Undefined: the
 * question may ask for one.
 */
export function isOnlyVersion(question: string): Names | undefined {
  if (ASKS_VERSION.test(question)) return undefined;
  return (text, { start, end }) => end - start <= LONGEST_VERSION && VERSION.test(text.slice(start, end));
}

const ASKS_REFERENCE = word(
  'variables?|propert(?:y|ies)|placeholders?|parameters?|expressions?|templates?|references?|refers?|arguments?|keys?|variablen?|eigenschaft(?:en)?|platzhalter|ausdr(?:uck|ücke)',
);
const REFERENCE = /^(?:\$\{[^{}\n]{1,80}\}|\{\{[^{}\n]{1,80}\}\})$/;

/**
 * Whether a part of a text is only a reference to a value elsewhere, such as `${java.version}`. Undefined: the question
 * may ask for one.
 */
export function isOnlyReference(question: string): Names | undefined {
  if (ASKS_REFERENCE.test(question)) return undefined;
  return (text, { start, end }) => end - start <= 100 && REFERENCE.test(text.slice(start, end));
}

const ASKS_AMOUNT = /(?<!\p{L})how (?:many|much|long|old|large|big|high|far|deep|heavy|often)(?!\p{L})/iu;

/** `See "Authors' Addresses" section`: where the answer is, but not the answer. */
const POINTER = /^see (?:also )?(?:the )?["'“‘]?[\p{L}\d][^.;]{0,60}?(?:section|chapter|appendix|page|below|above)\b/iu;

/** Whether a part of a text only says where to look. */
export const isPointer = (text: string, { start, end }: OffsetRange): boolean =>
  POINTER.test(text.slice(start, Math.min(end, start + 120)));

/** Whether the question asks for an amount, which names no row of a table. */
export const asksAmount = (question: string): boolean => ASKS_AMOUNT.test(question);

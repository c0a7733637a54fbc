/** Numbers with their sign, currency, unit or percent; negative ones in brackets; amounts repeated in words. */
import { append } from '../arrays.js';
import { AFTER, type Atom, BEFORE, type Finder, form, GAP, SPACE } from './atom.js';
import { isNumberWord } from './number-words.js';

/** Digits in groups (with a comma, a point, an apostrophe or a no-break space) or plain, with a fraction. */
const NUMBER =
  "(?:\\d{1,3}(?:[.,'’\\u00a0\\u2007\\u2009\\u202f]\\d{3}){1,8}(?!\\d)(?:[.,]\\d{1,20})?|\\d{1,40}(?:[.,]\\d{1,20})?)(?!\\d)";
/** U+2212 is the typographic minus; word processors replace it with a dash. */
const SIGN = `(?:[-+−–]|[±~≈≤≥]${SPACE}?)`;
/** Not after something that it would connect to the number: `10-30`, `x-1`. */
const SIGNED = '(?<![\\p{L}\\p{M}\\p{N}_)\\]}.,:/\\-–−+])';
const NO_WORD = '(?![\\p{L}\\p{M}\\p{N}_])';

const CODES =
  '(?:EUR|USD|GBP|CHF|JPY|CNY|RMB|INR|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RUB|TRY|BRL|MXN|ZAR|KRW|SGD|HKD|ISK|RON|DM|Fr\\.|BTC|ETH)';
const SYMBOLS = '(?:(?:US|CA|AU|NZ|HK|[ACSR])?\\$|[€£¥₹₽₩₺฿₿])';
const COINS =
  '(?:(?:US|Swiss|Canadian|Australian|Danish|Swedish|Norwegian|Czech|Hong Kong|New Zealand|Schweizer) )?' +
  '(?:euros?|Euro|dollars?|Dollar|cents?|Cent|pounds?|Pfund|pence|francs?|Franken|yen|Yen|yuan|rupees?|Rupien|kron[aeo]r?|Kronen|z[lł]oty|pesos?|rou?bles?|Rubel)';
const MULTIPLE =
  '(?:thousand|millions?|billions?|trillions?|Tausend|Millionen|Million|Milliarden?|Billionen|Mio\\.|Mrd\\.|Mio|Mrd|bn|mn)';
const CURRENCY = `(?:${CODES}|${SYMBOLS}|${COINS})`;
/** Currency signs follow a number on the same line; a variable or another amount may also begin with one. */
const COIN = `(?:${GAP}(?:${CODES}|${COINS})${NO_WORD}|${SPACE}?[€$£¥₹₽₩₺฿₿](?![\\p{L}\\p{N}_{(]))`;
const MONEY = `(?:${GAP}${MULTIPLE}${NO_WORD}${COIN}?|${COIN})`;

const UNIT =
  '(?:°[CFKRNESW]?|℃|℉|[′″]|km/h|m/s²?|mph|km²|[mcd]m²|m²|[mcd]m³|m³|km|hm|dm|cm|mm|[µμn]m|m|kg|mg|[µμ]g|g|t|[mcdhµμ]l|mL|l|L|' +
  '(?:[kMG]?Hz|THz)|[KMGTPE]i?B(?:/s)?|kB(?:/s)?|[kKMGT]i?bit(?:/s)?|[kMG]bps|' +
  '[µμnm]s|sec|min|hrs?|h|s|[kMG]?Wh|[kMG]W|mW|W|[mk]V|V|mAh|Ah|mA|[kM]?Ω|kJ|MJ|kcal|kN|[hkM]?Pa|m?bar|psi|rpm|dBm?|px|pt|rem|em|dpi|ppm|ppb|fps|' +
  'mol|lbs?|oz|ft|yd|mi|ha|sq\\.?m|K)';
/** Single letters that may begin something else must directly follow the digits. */
const GLUED_UNIT = `(?:[CFABNJkKMGdwx]${AFTER})`;
const PERCENT = `(?:${SPACE}?[%‰]|${GAP}(?:per ?cent|percentage points|Prozent(?:punkte)?|v\\. ?H\\.)${AFTER})`;

/** What may follow a number and belong to it. */
const TAIL = `(?:${PERCENT}|${MONEY}|${SPACE}?${UNIT}(?![\\p{L}\\p{M}\\p{N}_/'’-])|${GLUED_UNIT})`;
const POWER = `(?:${SPACE}?[×x]${SPACE}?10(?:\\^[-−]?\\d{1,3}|[⁻⁰¹²³⁴-⁹]{1,4})|[eE][-+−]?\\d{1,3}${AFTER}|[½¼¾⅓⅔⅛])`;
const HEAD = `(?:${SIGNED}${SIGN}${SYMBOLS}?|${BEFORE}${CODES}${SPACE}?[-+−]?|(?<![\\p{L}\\p{N}])${SYMBOLS}${SPACE}?[-+−]?|(?<![\\p{L}\\p{M}\\p{N}_.,])(?<!\\d[-/:]))`;
const AMOUNT = `${HEAD}${NUMBER}${POWER}?${TAIL}?`;

/** `-3.2 million euros`, `CHF 2'300.50`, `−80 °C`, `$5`, `45%`. */
const signed = form(/\d/, AMOUNT);
/** `-20 C`: with its sign a temperature. */
const cold = form(/\d\s[CF]/, `${SIGNED}[-+−–]${NUMBER}${SPACE}[CF]${AFTER}`);
/** `1 250 000 EUR`: groups with plain spaces, only if the following text shows that it is an amount. */
const spaced = form(
  /\d \d{3}/,
  `(?:${SIGNED}${SIGN})?${BEFORE}\\d{1,3}(?: \\d{3}){1,5}(?:[.,]\\d{1,4})?(?:${PERCENT}|${MONEY})`,
);
/** `10–30 °C`, `$5–$7 million`, `3 × 4 cm`: the unit follows the last one. */
const range = form(
  /[-–—×x].{0,5}\d/s,
  `${HEAD}${NUMBER}${TAIL}?(?:${SPACE}?[–—]${SPACE}?|-|${SPACE}?[×x]${SPACE}?)(?:${SYMBOLS}|[-−])?${NUMBER}${TAIL}?`,
  `(?:${SPACE}?[×x]${SPACE}?${NUMBER}${TAIL}?)?`,
);
/** `(1,250) thousand`, `(3.5) million euros`, `$(20)`: a loss as accountants write it. Brackets alone mean nothing. */
const bracketed = form(
  /\(/,
  `${BEFORE}(?:(?:${SYMBOLS}|${CODES})${SPACE}?)?\\((?:(?:${SYMBOLS}|${CODES})${SPACE}?)?${NUMBER}\\)(?:${PERCENT}|${MONEY})|`,
  `${BEFORE}(?:${SYMBOLS}|${CODES})${SPACE}?\\(${NUMBER}\\)`,
);

const COUNTED =
  '(?:(?:business|calendar|working|consecutive|full|volle[nr]?) )?' +
  '(?:days?|weeks?|months?|years?|hours?|minutes?|seconds?|Tage[ns]?|(?:Werk|Arbeits|Kalender)tage[ns]?|Wochen?|Monate[ns]?|Jahre[ns]?|Stunden?|Minuten?|Sekunden?|per ?cent|Prozent)';
const WHAT = `(?:${GAP}(?:${COUNTED}|${CURRENCY})${AFTER})?`;
/** `30 (thirty) days`, `CHF 2,300,000 (two million three hundred thousand Swiss francs)`: the words are checked. */
const repeated = form(/\(/, `(?<part1>${AMOUNT}${GAP}?\\((?<words>[^()\\r\\n]{2,160})\\))${WHAT}`);
/** `thirty (30) days`: the other way round. */
const reversed = form(
  /\(/,
  `${BEFORE}(?<part1>(?<words>\\p{L}{3,60}(?:[ -]\\p{L}{1,20}){0,9}) ?\\(${NUMBER}\\))${WHAT}`,
);
const WHAT_IS_COUNTED = new RegExp(`(?:^| )(?:${COUNTED}|${CURRENCY})$`, 'u');

export const numbers: Finder = (text) => {
  if (!/\d/.test(text)) return [];
  const found = [signed, cold, spaced, range, bracketed].flatMap((find) => find(text));
  append(found, [...inWords(repeated(text), text, 'all'), ...inWords(reversed(text), text, 'last')]);
  return found.flatMap((atom) => withoutYear(text, atom));
};

/** Those whose words form a number; if only the `last` ones must, the atom begins with them. */
function inWords(atoms: readonly Atom[], text: string, which: 'all' | 'last'): Atom[] {
  return atoms.flatMap((atom) => {
    const part = atom.parts![0];
    const open = which === 'all' ? text.indexOf('(', part.start) : text.lastIndexOf('(', part.end);
    const words = which === 'all' ? text.slice(open + 1, part.end - 1) : text.slice(part.start, open).trimEnd();
    const list = words.replace(WHAT_IS_COUNTED, '').split(/ +/);
    if (which === 'all') return list.every(isNumberWord) ? [atom] : [];
    const others = list.findLastIndex((word) => !isNumberWord(word) || word === 'and' || word === 'a');
    const start = part.start + list.slice(0, others + 1).reduce((sum, word) => sum + word.length + 1, 0);
    return others === list.length - 1 ? [] : [{ ...atom, start, parts: [{ start, end: part.end }] }];
  });
}

const YEAR_AND_LETTER = /^(?:1[5-9]|20)\d\d(?=[ \u00a0][a-zA-Z]{1,2}$)/u;
const YEARS = /^(?:1\d|20|21)\d\d ?[-–—] ?\d{2,4}$/;

/**
 * A year has no unit: what follows it begins something else (`in 2021 m`). Two of them are start and end, like dates.
 */
function withoutYear(text: string, atom: Atom): Atom[] {
  const written = text.slice(atom.start, atom.end);
  if (YEARS.test(written)) return [];
  const year = YEAR_AND_LETTER.exec(written);
  return [year ? { start: atom.start, end: atom.start + year[0].length } : atom];
}

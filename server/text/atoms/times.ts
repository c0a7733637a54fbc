/** Times, dates, stamps, their ranges, and opening hours; in English and German forms. */
import { AFTER, type Atom, BEFORE, type Finder, form, GAP, SPACE } from './atom.js';

const HALF = `(?:[ap]\\.${SPACE}?m\\.|[ap]m${AFTER}|[AP]\\.M\\.|[AP]M${AFTER}|Uhr${AFTER}|o['’]clock${AFTER}|noon${AFTER}|hrs?${AFTER})`;
const OFFSET = '[-+−±]\\d{1,2}(?::?\\d{2})?(?![\\d:])';
const ZONE = `(?:(?:UTC|GMT)(?:${SPACE}?${OFFSET})?|C?E[SD]?T|ME[SZ]?Z|WES?T|BST|IST|JST|A?[ACEMP][SD]T|Z)${AFTER}`;
const HOUR = '(?:[01]?\\d|2[0-4])';
const SECONDS = `:[0-5]\\d(?:[.,]\\d{1,9})?(?:${SPACE}?[-+−]\\d{2}:?\\d{2}(?![\\d:]))?`;
/** `9:30 a.m.`, `11:40 UTC+2`, `03:16:30.519Z`, `9 Uhr`. A point needs an indication that it is a time: `9.30 Uhr`. */
const TIME =
  `(?:${HOUR}:[0-5]\\d(?:${SECONDS}|\\+\\d{1,2}(?::?\\d{2})?)?(?![\\d:])(?:${GAP}?${HALF})?(?:${SPACE}?${ZONE})?|` +
  `${HOUR}(?:[.:][0-5]\\d(?!\\d))?${GAP}?${HALF}(?:${SPACE}?${ZONE})?)`;
const START = '(?<![\\p{L}\\p{M}\\p{N}_:.,])';
const DASH = `${SPACE}?[-–—]${SPACE}?`;

const DAY =
  '(?:Mon(?:day)?|Tue(?:s(?:day)?)?|Wed(?:nesday)?|Thu(?:r(?:s(?:day)?)?)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?|' +
  'Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonnabend|Sonntag|M[oi]|D[io]|Fr|S[ao])(?:\\.|(?![\\p{L}\\p{N}]))';
const AND = ',? (?:and|und|&) ';
const DAYS = `${DAY}(?:${DASH}${DAY}|(?:, ?${DAY}){1,5}(?:${AND}${DAY})?|${AND}${DAY})`;
const OPEN = `(?:${TIME}|${HOUR}(?:[:.][0-5]\\d)?)${DASH}${TIME}`;

const MONTH =
  '(?:January|February|March|April|May|June|July|August|September|October|November|December|' +
  'Januar|Jänner|Februar|März|Mai|Juni|Juli|Oktober|Dezember|Jan|Feb|Mar|Mär|Apr|Jun|Jul|Aug|Sept?|Oct|Okt|Nov|Dec|Dez)(?:\\.|(?![\\p{L}\\p{N}]))';
const NTH = '[0-3]?\\d(?:st|nd|rd|th|\\.)?(?!\\d)';
const NTHS = `${NTH}(?:${DASH}${NTH})?`;
const YEAR = '(?:1\\d|20|21)\\d\\d(?!\\d)';
const ISO = '\\d{4}-[01]\\d-[0-3]\\d';
const NUMERIC = `(?:${ISO}|\\d{4}/\\d{2}/\\d{2}|\\d{1,2}\\.\\d{1,2}\\.(?:\\d{4}|\\d{2})|\\d{1,2}/\\d{1,2}/(?:\\d{4}|\\d{2}))`;

/** What a time, a day and a month need. */
const CLOCK = /\d:\d|\d\s{0,11}(?:[ap]m|[ap]\.|[AP]\.?M|Uhr|o['’]c|noon|hr)/;
const A_DAY =
  /(?:Mon|Tues?|Wed|Thu|Thurs?|Fri|Sat|Sun|M[oi]|D[io]|Fr|S[ao])(?![a-z])|[a-z](?:day|tag|abend)(?![a-z])|Mittwoch/;
const A_MONTH = /Jan|Jän|Feb|Mar|Mär|Apr|Ma[iy]|Ju[nl]|Aug|Sep|O[ck]t|Nov|De[cz]/;

const forms = [
  // 2024-06-02T03:16:30.519Z
  form(
    /\dT[0-2]\d/,
    `${START}${ISO}T(?:[01]\\d|2[0-4]):?[0-5]\\d(?::?[0-5]\\d(?:[.,]\\d{1,9})?)?(?:Z|[-+−]\\d{2}:?(?:\\d{2})?)?${AFTER}`,
  ),
  // 2024-06-02 03:16:30: the time may stand alone, the date leaves half of "when" open.
  form(CLOCK, `${START}${NUMERIC}(?:,?${SPACE}(?:um )?|_)(?<time1>${TIME})`),
  form(/\d[-./]\d/, `${START}${NUMERIC}${AFTER}`),
  // 24.12. without a year is a date only after a word that indicates one.
  form(/\d\.\d{1,2}\./, `(?<=\\b(?:[Aa]m|[Vv]om|[Zz]um|[Bb]is|[Aa]b|[Dd]en) )\\d{1,2}\\.\\d{1,2}\\.(?!\\d)`),
  form(CLOCK, `${START}${TIME}`),
  form(CLOCK, `${START}(?<end1>${TIME}|${HOUR}(?:[:.][0-5]\\d)?)${DASH}(?<end2>${TIME})`),
  // 9:30 a.m.–5 p.m., Mon.–Sat.: the days alone answer another question.
  form(A_DAY, `${START}${OPEN}(?:${AND}${OPEN})?[,;:]?${GAP}\\(?(?<time1>${DAYS}|${DAY})\\)?`),
  form(A_DAY, `${BEFORE}(?<time1>${DAYS}|${DAY})[,;:]?${GAP}(?:from |von )?(?<time2>${OPEN}(?:${AND}${OPEN})?)`),
  form(A_DAY, `${BEFORE}${DAYS}`),
  form(A_MONTH, `${BEFORE}(?<time1>${MONTH}),?${GAP}(?<time2>${YEAR})`),
  // March 12–14, 2024
  form(A_MONTH, `${BEFORE}(?<time1>(?<time2>${MONTH})${GAP}${NTHS})(?:,${GAP}?|${GAP})(?<time3>${YEAR})`),
  // A day with its month, if no year follows.
  form(A_MONTH, `${BEFORE}${NTHS}${GAP}(?:of )?(?<time1>${MONTH})(?!,?${GAP}${YEAR})`),
  form(A_MONTH, `${BEFORE}(?<time1>${MONTH})${GAP}${NTHS}(?![:.]?\\d|${DASH}\\d|,?${GAP}?${YEAR})`),
  // the twenty-first of April 1832, also across a line end
  form(
    A_MONTH,
    `${BEFORE}(?:the${GAP})?(?:\\p{Ll}{2,10}-(?:\\r?\\n[ \\t]{0,40})?){0,3}\\p{Ll}{0,10}(?:first|second|third|th)${GAP}(?:day${GAP})?of${GAP}(?<time1>${MONTH}(?:,?${GAP}(?<time2>${YEAR}))?)`,
  ),
  // 12 March – 4 April 2024
  form(
    A_MONTH,
    `${BEFORE}(?<end1>${NTH}${GAP}${MONTH}(?:${GAP}${YEAR})?)${DASH}(?<end2>${NTH}${GAP}${MONTH}(?:${GAP}${YEAR})?)`,
  ),
  // 1914–1918, 1990/91: start and end are also given separately.
  form(
    /\d\s?[-–—/]\s?\d/,
    `${START}(?<time1>(?<end1>${YEAR}))${SPACE}?[-–—/]${SPACE}?(?<time2>(?<end2>${YEAR})|\\d\\d(?![\\d\\-–/]))${AFTER}`,
  ),
  form(/UTC|GMT/, `${BEFORE}(?:UTC|GMT)${SPACE}?${OFFSET}${AFTER}`),
];

/** `12-14 March 2024`, `1. Mai 2020`: the year, the month or both may stand alone, and the day with its month. */
const dayFirst = form(
  A_MONTH,
  `${BEFORE}(?<time1>${NTHS}(?:${GAP}(?:of )?|-)(?<time2>${MONTH}))(?:,?${GAP}|-)(?<time3>${YEAR})`,
);

export const times: Finder = (text) => {
  if (!/\d|\b[MDSFWT][aehiour]|th of\s|first of\s|second of\s|third of\s/.test(text)) return [];
  const found = forms.flatMap((find) => find(text));
  return [...found, ...dayFirst(text).map(withMonthAndYear)];
};

function withMonthAndYear(atom: Atom): Atom {
  const [, month, year] = atom.timeParts!;
  return { ...atom, timeParts: [...atom.timeParts!, { start: month.start, end: year.end }] };
}

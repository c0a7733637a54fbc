/** Abbreviations with their point, titles and initials before a name, legal forms after one. */
import { AFTER, BEFORE, type Finder, form, GAP } from './atom.js';

/** A point after these does not end a sentence: something always follows. */
const TITLES =
  'Dr|Prof|Mr|Mrs|Ms|Mx|Capt|Lt|Sgt|Gen|Col|Maj|Cmdr|Adm|Rev|Hon|Fr|Sen|Rep|Gov|Pres|Hr|Fr|Dipl|Ing|Mag|Univ';
const ALWAYS = `${TITLES}|St|vs|cf|ca|approx|Fig|Vol|Bd|Kap|Ch|Sec|Eq|pp|Tel|Str|resp|bzw|vgl|ggf|inkl|exkl|zzgl|sog|geb|gest|evtl|max|min|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Dez|Okt`;
/** These may end a sentence as well. */
const OFTEN =
  'Inc|Ltd|Co|Corp|Bros|Jr|Sr|etc|usw|al|Esq|Mio|Mrd|Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun|St|Ave|Blvd|Rd|Sq|Mt|Ft|Dept|Univ|Assn';

/** `e.g.`, `U.S.`, `Ph.D.`, `z. B.` */
const letters = form(
  /\..{1,2}\./su,
  `${BEFORE}(?:(?:\\p{L}\\.){2,8}|Ph\\.D\\.|[zudosiv]\\. ?[BhäÄaeEouU]\\.(?: ?[mT]\\.)?)(?![\\p{L}\\p{N}])`,
);
const always = form(
  new RegExp(`(?:${ALWAYS}|No|Nr|Art|Abs|Abb)\\.`),
  `${BEFORE}(?:(?:${ALWAYS})\\.(?=${GAP}?[\\p{L}\\p{N}(])|(?:No|Nr|Art|Abs|Abb)\\.(?=${GAP}?\\d))`,
);
const often = form(new RegExp(`(?:${OFTEN})\\.`), `${BEFORE}(?:${OFTEN})\\.(?![\\p{L}\\p{N}])`);

const CAPITALISED = "\\p{Lu}[\\p{L}\\p{M}]{0,40}(?:['’-]\\p{Lu}[\\p{L}\\p{M}]{1,40}){0,2}";
/** `Dr. Ann`, `Prof. Dr. Weiss`, `St. Louis`: a name keeps its title. */
const titled = form(
  new RegExp(`(?:${TITLES}|St)[.\\s-]`),
  `${BEFORE}(?:(?:${TITLES}|St)(?:\\.|(?<=Dr|Mr|Mrs|Ms|Prof|St))(?:${GAP}|-)){1,4}(?:\\p{Lu}\\.${GAP}?){0,3}(?:(?:von|van|de|da|di|le|la|zu)(?: der| den)? )?${CAPITALISED}`,
);
/** `John F. Kennedy`, `J. R. R. Tolkien`: after a small word, a mark or a first name, where no sentence ends. */
const initials = form(
  /\p{Lu}\./u,
  `(?<=^|[\\r\\n(,;:"“„/|>–—&]\\s?|\\b(?:by|of|and|from|with|to|for|is|was|von|und|durch|mit|an|für|bei|ist|war) |^[-*•] )`,
  `(?:${CAPITALISED} )?(?:\\p{Lu}\\.(?:${GAP}|-)?){1,4}${CAPITALISED}`,
);
/** `Acme, Inc.`, `Muster GmbH & Co. KG`, `John Smith Jr.` */
const formed = form(
  /\s(?:Inc|Ltd|Corp|Co|Jr|Sr|Bros|LLC|LLP|GmbH|AG|KG|SE|plc|PLC|OHG|B\.V|S\.A|PhD|Ph\.D|M\.D)/,
  `${BEFORE}${CAPITALISED},?${GAP}(?:(?:Inc|Ltd|Corp|Co|Jr|Sr|Bros)(?:\\.|${AFTER})|(?:LLC|LLP|GmbH|AG|KG|KGaA|SE|plc|PLC|OHG|B\\.V\\.|S\\.A\\.|PhD|Ph\\.D\\.|M\\.D\\.)(?![\\p{L}\\p{N}]))`,
  `(?: & Co\\.(?: KG(?:aA)?)?)?`,
);

export const abbreviations: Finder = (text) => {
  if (!/\.|\b(?:Dr|Mr|Mrs|Ms|Prof|St|Inc|Ltd|Corp|Co|Jr|Sr|LLC|LLP|GmbH|AG|KG|SE|plc|PhD)\b/.test(text)) return [];
  return [letters, always, often, titled, initials, formed].flatMap((find) => find(text));
};

const MAY_BE_LAST = new RegExp(`(?:${ALWAYS})\\.$`);
const NEVER_LAST = new RegExp(`${BEFORE}(?:${ALWAYS})\\.$`, 'u');

/** Whether a text ends in an abbreviation that something always follows, so that no sentence ends there. */
export const goesOn = (text: string): boolean => MAY_BE_LAST.test(text) && NEVER_LAST.test(text);

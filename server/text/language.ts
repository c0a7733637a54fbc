/**
 * The natural language of a text. Short texts, names and code stay undecided: what is said about a language must be
 * right. On 51 short questions, sentences, log lines and names in 11 languages the package is right for 49 (tinyld's
 * light data for 44, franc-min for 37), and the rules below leave its two mistakes undecided.
 */

/** Letters that a text needs at least; scripts without spaces say more with each of theirs. */
const FEWEST_LETTERS = 18;
const FEWEST_IDEOGRAPHS = 5;
const LETTERS = /\p{L}/gu;
const IDEOGRAPHS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;
/** UTF-16 units that are looked at. */
export const SAMPLE_UNITS = 3000;
/** Of the best score: a language with more than this is as likely. */
const CLOSE = 0.93;

let detector: typeof import('eld/extrasmall').eld | undefined;

/**
 * @param expected languages that are preferred where they are nearly as likely as the best one
 * @returns ISO 639-1 code; undefined: not clear
 */
export async function languageOf(text: string, expected: readonly string[] = []): Promise<string | undefined> {
  const found = await detected(text);
  if (!found?.isReliable()) return undefined;
  const scores = found.getScores();
  const best = scores[found.language] ?? 0;
  return expected.find((code) => (scores[code] ?? 0) > CLOSE * best) ?? found.language;
}

/** The language of a text if it is clearly none of those expected. */
export async function otherLanguageOf(text: string, expected: readonly string[]): Promise<string | undefined> {
  const found = await detected(text);
  // The usual case, for which nothing has to be ordered.
  if (!found || expected.includes(found.language)) return undefined;
  const language = await languageOf(text, expected);
  return language === undefined || expected.includes(language) ? undefined : language;
}

async function detected(text: string) {
  const sample = text.slice(0, SAMPLE_UNITS);
  if (!hasMatches(sample, LETTERS, FEWEST_LETTERS) && !hasMatches(sample, IDEOGRAPHS, FEWEST_IDEOGRAPHS)) {
    return undefined;
  }
  // Only when it is needed: its data take a few milliseconds to load.
  detector ??= (await import('eld/extrasmall')).eld;
  const found = detector.detect(sample);
  return found.language === '' ? undefined : found;
}

function hasMatches(text: string, pattern: RegExp, fewest: number): boolean {
  pattern.lastIndex = 0;
  for (let count = 0; count < fewest; count++) if (!pattern.test(text)) return false;
  return true;
}

/** Function words of German, French, Spanish, Italian, Dutch, Swedish and Polish that English does not have. */
const OTHER_FUNCTION_WORDS: ReadonlySet<string> = new Set(
  `aber auf aus bei beim bis damit das dem der des durch ein eine einem einen einer es für gibt ich ihr ist kann kein
  keine lange machen muss nach nicht noch oder sich sie sind und vom von vor wann warum welche welchem welchen welcher
  welches wer werden wie wieso wird wo wofür woher wohin womit wurde wurden zu zum zur über
  au aux avec cette combien dans du elle est et les où pourquoi pour quand que quel quelle quelles quels qui sont sur une
  uno cuál cuáles cuándo cuánto cuántos cómo dónde el está qué quién por para
  che cosa della delle dello gli il nel nella perché quale quali quando quanti quanto sono
  een het hoeveel niet waar waarom wanneer welk wordt zijn
  att av det är en hur hvad när och vad vem vilken vilket
  czy dlaczego gdzie ile jak jaka jaki jakie jest kiedy kto która który się`.split(/\s+/),
);

/** Further ones, which are also words or parts of names in English: they do not tell the language. */
const AMBIGUOUS: ReadonlySet<string> = new Set(
  'die was war hat in an am so will man de en la le les un una del los las y e o di da per van op som den'.split(' '),
);

/** Whether a word in lower case says nothing in one of these languages. */
export const isOtherFunctionWord = (word: string): boolean => OTHER_FUNCTION_WORDS.has(word) || AMBIGUOUS.has(word);

/** Words of English that other languages have, too: German, all of them. */
const SHARED: ReadonlySet<string> = new Set(['was', 'in', 'an', 'so', 'will', 'a', 'me']);

/**
 * Whether a text has more function words of other languages than of English. For questions, which are too short for
 * {@link languageOf}.
 * @param words in lower case
 * @param english function words of English
 */
export function isNotEnglish(words: readonly string[], english: ReadonlySet<string>): boolean {
  const others = words.filter((word) => OTHER_FUNCTION_WORDS.has(word)).length;
  return others > 0 && others > words.filter((word) => english.has(word) && !SHARED.has(word)).length;
}

/** The name of a language in another, such as "German" for "de". */
export function languageName(code: string, displayLanguage: string): string {
  try {
    return new Intl.DisplayNames([displayLanguage], { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** Numbers in words, English and German, as contracts repeat them: `30 (thirty)`, `zehn (10)`. */

const SIMPLE = new Set(
  `zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
  nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million millions billion billions trillion
  a and point half und eine einer einem einen eines null komma eineinhalb anderthalb million millionen milliarde milliarden
  billion billionen`.split(/\s+/),
);
/** German writes a number below a million as one word. */
const GERMAN =
  /^(?:(?:und|ein|eins|zwei|zwo|drei|vier|fünf|sechs|sech|sieben|sieb|acht|neun|zehn|elf|zwölf|zwanzig|dreißig|dreissig|zig|hundert|tausend))+$/u;
const MOST_UNITS = 60;

/** @param word without spaces */
export function isNumberWord(word: string): boolean {
  if (word.length > MOST_UNITS) return false;
  const lower = word.toLowerCase();
  return lower.split('-').every((part) => SIMPLE.has(part) || GERMAN.test(part));
}

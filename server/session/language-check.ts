/** Says when a question or a text is in a language that the model does not read: its answers are guesses then. */
import { bundleInUse, t } from '../l10n.js';
import type { AskResult } from '../protocol.js';
import { graded } from '../reader/calibration.js';
import type { AskRequest } from '../reader/request.js';
import { languageName, otherLanguageOf, SAMPLE_UNITS } from '../text/language.js';
import { Recent } from '../text/recent.js';

/** @param languages that the model reads; undefined: not known */
export async function checkLanguage(
  result: AskResult,
  { text, range, question }: AskRequest,
  languages: readonly string[] | undefined,
): Promise<AskResult> {
  if (!languages) return result;
  const { start, end } = range ?? { start: 0, end: text.length };
  // The first answer's surroundings are what counts in a text of several languages.
  const at = Math.max(start, Math.min((result.answers[0]?.start ?? start) - SAMPLE_BEFORE, end));
  const ofText = await ofSample(text, at, Math.min(end, at + SAMPLE_UNITS), languages);
  const found = ofText ?? (await otherLanguageOf(question, languages));
  if (!found) return result;
  const name = (code: string) => languageName(code, displayLanguage());
  const isLong = languages.length > MOST_NAMED;
  const reads = isLong ? t('{0} others', languages.length) : languages.map(name).join(', ');
  const message = ofText
    ? t('The text looks {0}, but the model reads {1}: its answers are guesses.', name(found), reads)
    : t('The question looks {0}, but the model reads {1}: its answers are guesses.', name(found), reads);
  return {
    ...result,
    answers: graded(result.answers, true),
    otherLanguage: { found, languages: [...languages] },
    warnings: [...result.warnings, { code: 'OtherLanguage', message }],
  };
}

/** At most this many languages are named; of more, their number. */
const MOST_NAMED = 8;

/** UTF-16 units before the first answer that are looked at. */
const SAMPLE_BEFORE = 1000;

/** Of short texts that were asked about last: the language in which they are, if the model does not read it. */
const known = new WeakMap<readonly string[], Recent<string, { language: string | undefined }>>();
const MOST_KNOWN = 64;

async function ofSample(text: string, start: number, end: number, languages: readonly string[]) {
  const sample = text.slice(start, end);
  // A part would keep the whole text in memory.
  if (text.length > SAMPLE_UNITS) return otherLanguageOf(sample, languages);
  const recent = known.get(languages) ?? new Recent(MOST_KNOWN);
  known.set(languages, recent);
  const before = recent.get(sample);
  if (before) return before.language;
  const language = await otherLanguageOf(sample, languages);
  recent.set(sample, { language });
  return language;
}

const displayLanguage = (): string => /bundle\.l10n\.(\w+)\.json$/.exec(bundleInUse() ?? '')?.[1] ?? 'en';

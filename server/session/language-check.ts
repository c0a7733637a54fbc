/** Says when a question or a text is in a language that the model does not read: its answers are guesses then. */
import { bundleInUse, t } from '../l10n.js';
import type { AskResult } from '../protocol.js';
import { graded } from '../reader/calibration.js';
import type { AskRequest } from '../reader/request.js';
import { languageName, languageOf } from '../text/language.js';

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
  const ofText = other(await languageOf(text.slice(at, end), languages), languages);
  const ofQuestion = other(await languageOf(question, languages), languages);
  const found = ofText ?? ofQuestion;
  if (!found) return result;
  const name = (code: string) => languageName(code, displayLanguage());
  const reads = languages.map(name).join(', ');
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

/** UTF-16 units before the first answer that are looked at. */
const SAMPLE_BEFORE = 1000;

const other = (found: string | undefined, languages: readonly string[]): string | undefined =>
  found !== undefined && !languages.includes(found) ? found : undefined;

const displayLanguage = (): string => /bundle\.l10n\.(\w+)\.json$/.exec(bundleInUse() ?? '')?.[1] ?? 'en';

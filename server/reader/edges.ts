/**
 * Stage 3a, for documents: spans are completed to whole atoms of text (`text/atoms`), and one with the form that the
 * question names (a mail address, the end of a time) is preferred.
 */
import type { OffsetRange } from '../protocol.js';
import {
  asksAmount,
  edgesFor,
  isOnlyReference,
  isOnlyVersion,
  isPointer,
  lacksForm,
  namesForm,
} from '../text/atoms/asked.js';
import { type Completed, completeSpan, type EdgeOptions, REACH } from '../text/atoms/complete.js';
import { stemOf, stemsOfQuestion } from '../text/stems.js';
import { isWhole } from '../views/base/fields.js';
import { FORM_BONUS, LACKING_HANDICAP, likelihood, TEMPERATURE } from './calibration.js';
import type { ReadDocument } from './document.js';
import { narrowed } from './narrowing.js';
import type { Projected, ProjectedAnswer } from './projection.js';
import { stemsBefore } from './refine.js';

/** A span that cuts something in two is more likely wrong than right. */
const CUT_PROBABILITY = 0.5;

/**
 * A span that cannot be completed is at most as probable as {@link CUT_PROBABILITY}, and is ranked after every complete
 * one that is more likely than no answer.
 * @param projected spans of the view, best first, by their margins
 * @param limit end of what was read of the view
 */
export function withEdges(document: ReadDocument, projected: Projected, limit: number, question: string): Projected {
  const { text } = document.view;
  const edges = edgesFor(question);
  const hasForm = namesForm(question);
  const lacks = lacksForm(question);
  const onlyVersion = isOnlyVersion(question);
  const onlyReference = isOnlyReference(question);
  const stems = stemsOfQuestion(question);
  const keys = asksAmount(question) && document.view.cells.length > 0;
  const found = projected.answers.map((span) => {
    const within = surroundings(document, span, limit);
    // A field of a record such as its time is a single unit.
    const { start, end, whole } = isUnit(document, within, span)
      ? { ...within, whole: true }
      : withoutWords(document, withoutVerb(document, completed(text, within, span, edges), stems), stems);
    const isWrong =
      lacks?.(text, { start, end }) ||
      isPointer(text, { start, end }) ||
      onlyReference?.(text, { start, end }) ||
      (keys && isKey(document, within, stems)) ||
      // The version above a list of changes is their heading: the answer is one of them.
      (onlyVersion?.(text, { start, end }) && document.view.blockAt(start)?.kind === 'heading');
    const bonus = (hasForm?.(text, { start, end }) ? FORM_BONUS : 0) - (isWrong ? LACKING_HANDICAP : 0);
    return { ...span, start, end, whole, score: span.score + bonus, margin: span.margin + bonus };
  });
  found.sort((a, b) => b.margin - a.margin);
  const spans = differing(found);
  const probability = likelihood(
    spans.map(({ margin }) => margin),
    0,
    TEMPERATURE,
  );
  const best = spans.at(0);
  const answers = inOrder(spans.map((span) => ({ ...span, probability: probability(span.margin) })));
  return {
    answers,
    nullScore: best ? best.score - best.margin : projected.nullScore,
    nullProbability: best ? probability(0) : projected.nullProbability,
  };
}

/** A relative clause, and the few words before it. */
const CLAUSE = /^(?:that|which|who|whose|whom)\s/;
const ANTECEDENT = /^(?:[\p{L}\p{M}-]+ ){1,4}$/u;
const MAX_ANTECEDENT = 60;

/** A month, a quarter or a year, and which part of it is meant. */
const PERIOD = /^(?:\p{Lu}\p{Ll}{2,8}\.? |Q[1-4] )?(?:1[5-9]|20)\d\d$/u;
const PART_OF_PERIOD =
  /(?<![\p{L}\p{N}])(?:(?:beginning|start|middle|end|(?:first|second) half) of |early (?:in )?|mid(?:-| )|late (?:in )?|Anfang |Mitte |Ende )$/u;

/**
 * Whole atoms; of a period also which part of it, if the question is when; a clause with what it is about, if the text
 * begins with that: "software that is sold".
 */
function completed(text: string, within: OffsetRange, span: OffsetRange, edges: EdgeOptions): Completed {
  const complete = completeSpan(text, within, span, edges);
  const { start, end } = complete;
  const before = text.slice(Math.max(within.start, start - MAX_ANTECEDENT), start);
  if (edges.wholeDates && end - start < MAX_ANTECEDENT && PERIOD.test(text.slice(start, end))) {
    return { ...complete, start: start - (PART_OF_PERIOD.exec(before)?.[0].length ?? 0) };
  }
  const isLead = start > within.start && start - within.start === before.length && ANTECEDENT.test(before);
  return isLead && CLAUSE.test(text.slice(start, end)) ? { ...complete, start: within.start } : complete;
}

/** Whether a span is in the first cell of a table row, by which a row is known, and its column is not asked for. */
function isKey({ view }: ReadDocument, within: OffsetRange, stems: readonly number[]): boolean {
  const block = view.blockAt(within.start);
  const unit = view.unitAt(within.start);
  if (block?.kind !== 'tableRow' || !unit || unit.start !== block.start || unit.end === block.end) return false;
  const column = stemsBefore(view, within.start);
  return column.length > 0 && !column.some((stem) => stems.includes(stem));
}

/** Of spans that were completed to the same one the best: each would take probability from the others. */
function differing<S extends OffsetRange>(spans: readonly S[]): S[] {
  const seen = new Set<string>();
  return spans.filter(({ start, end }) => {
    const place = `${start} ${end}`;
    const isNew = !seen.has(place);
    seen.add(place);
    return isNew;
  });
}

/** Whether a span stands for all of its field: every browser calls itself "Mozilla" first. */
function isUnit({ view }: ReadDocument, within: OffsetRange, { start }: OffsetRange): boolean {
  const kind = view.fieldAt(start);
  return isWhole(kind) || (kind === 'agent' && start === within.start && view.text.startsWith('Mozilla/', start));
}

/**
 * `use \`signal\`` for "What should be used?": before a name in quotes or set as code a word of the question is not
 * part of the answer.
 */
function withoutVerb({ text: file, view }: ReadDocument, span: Completed, stems: readonly number[]): Completed {
  const [lead, word] =
    /^(\p{Ll}{2,20})\s+/u.exec(view.text.slice(span.start, Math.min(span.end, span.start + 30))) ?? [];
  if (!lead || !word || !stems.includes(stemOf(word))) return span;
  const start = span.start + lead.length;
  const name = start < span.end ? view.toFile(start, start + 1) : null;
  return name && /[`"“„]/.test(file.slice(Math.max(0, name.start - 1), name.start)) ? { ...span, start } : span;
}

/** Without the words of the question that introduce the answer. */
function withoutWords({ view }: ReadDocument, span: Completed, stems: readonly number[]): Completed {
  const { start, end } = narrowed(view.text.slice(span.start, span.end), stems);
  return { ...span, start: span.start + start, end: span.start + end };
}

/** After a cut span come only those less likely than no answer. */
function inOrder(found: readonly (ProjectedAnswer & { whole: boolean })[]): ProjectedAnswer[] {
  const first: ProjectedAnswer[] = [];
  const cut: ProjectedAnswer[] = [];
  const last: ProjectedAnswer[] = [];
  for (const { whole, ...span } of found) {
    if (!whole)
      cut.push({ ...span, probability: Math.min(span.probability, CUT_PROBABILITY), atMost: CUT_PROBABILITY });
    else (cut.length === 0 || span.margin > 0 ? first : last).push(span);
  }
  return [...first, ...cut, ...last];
}

/** The limits of an answer: its block, cell, key or value, up to text that is not in the file. */
function surroundings({ view }: ReadDocument, span: OffsetRange, limit: number): OffsetRange {
  const { valueStart } = view.blockAt(span.start) ?? {};
  const { start, end } = view.unitAt(span.start) ?? span;
  const inValue = valueStart !== undefined && span.start >= valueStart;
  const within = {
    start: Math.max(inValue ? valueStart : start, span.start - REACH - 1),
    end: Math.min(valueStart === undefined || inValue ? end : valueStart, limit, span.end + REACH + 1),
  };
  return view.withoutInserted({ start: within.start, end: Math.max(within.end, span.end) }, span);
}

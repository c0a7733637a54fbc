/** Answers of many documents as a tree: by file or best first. Pure. */

import type { AskManyResult, FoundAnswer, PlacedAnswer } from '../../server/protocol.js';
import { append } from '../../server/text/arrays.js';

/** One question about many documents, while it is read and afterwards. */
export interface Run {
  question: string;
  /** What is asked about, in words. */
  scope: string;
  phase: 'finding' | 'reading' | 'done' | 'cancelled' | 'failed';
  /** Documents. */
  done: number;
  total: number;
  skippedCount: number;
  /** UTF-16 units: read, and in all. Undefined: documents are read one after the other. */
  read?: { characters: number; ofCharacters: number } | undefined;
  /** Seconds; undefined: not known. */
  left?: number | undefined;
  /** Best so far, best first. */
  answers: FoundAnswer[];
  skipped: AskManyResult['skipped'];
  /** Files that were left out because there are too many. */
  beyond: number;
  /** When it finished. */
  result?: AskManyResult;
}

export type ResultNode =
  | { kind: 'noAnswer'; run: Run }
  | { kind: 'file'; uri: string; places: readonly PlacedAnswer[] }
  /** `file`: below its file; `flat`: best first; `also`: below the best place of the same words. */
  | { kind: 'place'; under: 'file' | 'flat' | 'also'; place: PlacedAnswer; also: readonly PlacedAnswer[] }
  | { kind: 'skips'; skipped: Run['skipped'] }
  | { kind: 'skip'; skip: Run['skipped'][number] };

export const newRun = (question: string, scope: string): Run => ({
  question,
  scope,
  phase: 'finding',
  done: 0,
  total: 0,
  skippedCount: 0,
  answers: [],
  skipped: [],
  beyond: 0,
});

/** Every place of every answer: answers best first, each followed by its other places; no duplicates. */
export function placesOf(answers: readonly FoundAnswer[]): PlacedAnswer[] {
  const places = new Map<string, PlacedAnswer>();
  for (const answer of answers) {
    for (const place of [answer, ...answer.also]) {
      if (!places.has(placeKey(place))) places.set(placeKey(place), place);
    }
  }
  return [...places.values()];
}

export const placeKey = ({ uri, start, end }: PlacedAnswer): string => `${uri}#${start}-${end}`;

export function roots(run: Run, flat: boolean): ResultNode[] {
  const nodes: ResultNode[] = [];
  const { noAnswer } = run.result ?? {};
  // Unread text has neither answers nor a probability of "no answer".
  const nothing = run.result?.read.ofDocuments === 0;
  if (noAnswer && !nothing && (noAnswer.chosen || run.answers.length === 0)) {
    nodes.push({ kind: 'noAnswer', run });
  }
  append(nodes, flat ? run.answers.map(asRoot) : byFile(run.answers));
  if (run.skipped.length > 0) nodes.push({ kind: 'skips', skipped: run.skipped });
  return nodes;
}

export function childrenOf(node: ResultNode): ResultNode[] {
  if (node.kind === 'file') return node.places.map((place) => ({ kind: 'place', under: 'file', place, also: [] }));
  if (node.kind === 'place') return node.also.map((place) => ({ kind: 'place', under: 'also', place, also: [] }));
  if (node.kind === 'skips') return node.skipped.map((skip) => ({ kind: 'skip', skip }));
  return [];
}

/** The same node has the same identifier throughout a run, so that expanded nodes stay expanded. */
export function idOf(node: ResultNode): string {
  switch (node.kind) {
    case 'file':
      return `file ${node.uri}`;
    case 'place':
      return `${node.under} ${placeKey(node.place)}`;
    case 'skip':
      return `skip ${node.skip.uri}`;
    default:
      return node.kind;
  }
}

const asRoot = (answer: FoundAnswer): ResultNode => ({
  kind: 'place',
  under: 'flat',
  place: answer,
  also: answer.also,
});

/** Files in the order of their best place. */
function byFile(answers: readonly FoundAnswer[]): ResultNode[] {
  const files = new Map<string, PlacedAnswer[]>();
  for (const place of placesOf(answers)) {
    const places = files.get(place.uri);
    if (places) places.push(place);
    else files.set(place.uri, [place]);
  }
  return [...files].map(([uri, places]) => ({ kind: 'file', uri, places }));
}

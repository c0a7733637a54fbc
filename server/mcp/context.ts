/** What a tool of MCP is called with, and what the tools share. */
import { pathToFileURL } from 'node:url';
import { type Walk, walkFolder } from '../documents/find-files.js';
import { throwIfAborted } from '../errors.js';
import type { AskManyResult } from '../protocol.js';
import type { Service } from '../sidecar/service.js';
import { append } from '../text/arrays.js';
import { ToolInputError } from '../tools/tool-input.js';
import { positionOf, type ToolAnswer, type ToolResult } from '../tools/tool-result.js';
import { named, type Roots } from './roots.js';

/** An answer with its line and column apart from its place. */
export type LocatedAnswer = ToolAnswer & { line: number; column: number };

/** The least probability of answers besides the best one: the default of the extension's setting. */
export const LEAST_PROBABILITY = 0.01;

export interface ToolContext {
  service: Pick<Service, 'ask' | 'askMany' | 'extract' | 'readFile'>;
  roots: Roots;
  /** Aborted when the client cancels the call, or goes. */
  signal: AbortSignal;
  /** Tells the client how far it is; `message` is for its user, in English. */
  report(done: number, total: number, message: string): void;
}

export function located(result: ToolResult): ToolResult & { answers?: LocatedAnswer[]; guesses?: LocatedAnswer[] } {
  const withPosition = (answers: ToolAnswer[]) =>
    answers.map((answer) => ({ ...answer, ...positionOf(answer.place) }) as LocatedAnswer);
  const { answers, guesses, ...rest } = result;
  return {
    ...rest,
    ...(answers ? { answers: withPosition(answers) } : {}),
    ...(guesses ? { guesses: withPosition(guesses) } : {}),
  };
}

export interface FoundFiles {
  /** URIs, each once. */
  uris: string[];
  skipped: AskManyResult['skipped'];
  /** Files that are left out because there are too many. */
  beyond: number;
}

/**
 * The files of a folder in the roots, or of all roots.
 * @throws ToolInputError: outside, no folder, no file; AskBertError BadRequest, InputUnreadable, Cancelled
 */
export async function filesOf(
  { folder, include }: { folder?: string | undefined; include?: string[] | undefined },
  { roots, signal }: ToolContext,
): Promise<FoundFiles> {
  const all = await roots.all();
  throwIfAborted(signal);
  const given = folder !== undefined && /^[a-z][\w+.-]+:\/\//i.test(folder) ? { uri: folder } : { filePath: folder };
  const folders = folder === undefined ? all.map(({ real }) => real) : [await roots.find(given, 'folder')];
  const within = all.map(({ real }) => real);
  const walks: Walk[] = [];
  for (const each of folders) walks.push(await walkFolder(each, { include, within, signal }));
  const uris = new Set<string>();
  const skipped: AskManyResult['skipped'] = [];
  for (const walk of walks) {
    for (const file of walk.files) uris.add(pathToFileURL(file.path).href);
    append(
      skipped,
      walk.skipped.map(({ path, reason, message }) => ({ uri: pathToFileURL(path).href, reason, message })),
    );
  }
  if (uris.size === 0) {
    const which = include ? ` that ${include.join(', ')} names` : '';
    const where = folder === undefined ? named(all) : folder;
    const why = skipped.length > 0 ? ` ${skipped.length} cannot be read: ${skipped[0].message}` : '';
    throw new ToolInputError(`There is no file to read${which} in ${where}.${why}`);
  }
  return { uris: [...uris], skipped, beyond: walks.reduce((sum, walk) => sum + walk.beyondLimit, 0) };
}

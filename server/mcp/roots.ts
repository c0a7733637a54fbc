/** Which files the tools may read: those in the roots of the client, which limit and are limited by `--root`. */
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { asUnreadable, fileUriToPath } from '../documents/decode.js';
import { AskBertError } from '../errors.js';
import { isInside } from '../storage/inside.js';
import { type PlaceInput, ToolInputError, wrong } from '../tools/tool-input.js';

/** More are not used. */
const MAX_ROOTS = 100;
/** Roots that a message names. */
const NAMED_ROOTS = 5;

/** A folder or a file that exists. */
export interface Root {
  /** As it was given, absolute. */
  path: string;
  /** Without links. */
  real: string;
}

/** Asks the client for its roots (URIs). @throws if it does not answer, or with an error */
export type ListRoots = () => Promise<readonly string[]>;

export class Roots {
  readonly #allowed: readonly string[];
  readonly #workingFolder: string;
  #list: ListRoots | undefined;
  #current: Promise<Root[]> | undefined;

  /** @param allowed folders of `--root`; none: the roots of the client, and the working folder if it has no roots */
  constructor(allowed: readonly string[], workingFolder: string) {
    this.#allowed = allowed;
    this.#workingFolder = workingFolder;
  }

  /** Sets how the client is asked; missing: it has no roots. What was known is forgotten. */
  ask(list: ListRoots | undefined): void {
    this.#list = list;
    this.#current = undefined;
  }

  /** They have changed: the client is asked when they are next needed, however often it says so. */
  forget(): void {
    this.#current = undefined;
  }

  /** At least one. @throws AskBertError BadRequest: there are none, or the client does not tell them */
  async all(): Promise<readonly Root[]> {
    this.#current ??= this.#find();
    const current = this.#current;
    try {
      return await current;
    } catch (error) {
      if (this.#current === current) this.#current = undefined;
      throw error;
    }
  }

  async #find(): Promise<Root[]> {
    const allowed = await existing(this.#allowed);
    if (!this.#list) return allowed.length > 0 ? allowed : existing([this.#workingFolder]);
    let uris: readonly string[];
    try {
      uris = await this.#list();
    } catch (error) {
      throw new AskBertError(
        'BadRequest',
        `The client did not say which folders may be read (${(error as Error).message}).`,
        'Give the text itself, or ask again.',
      );
    }
    const listed = await existing(uris.flatMap(pathOf).slice(0, MAX_ROOTS));
    const roots = this.#allowed.length > 0 ? common(listed, allowed) : listed;
    if (roots.length > 0) return roots;
    throw new AskBertError(
      'BadRequest',
      listed.length === 0
        ? 'No folder may be read: the client names none that exists.'
        : `No folder may be read: those of the client (${named(listed)}) are not inside those of --root.`,
      'Give the text itself, or open a folder.',
    );
  }

  /**
   * The real path of a file or folder that the input names: absolute, or relative to a root, which it may begin with
   * the name of if there are several.
   * @throws ToolInputError: it is outside of the roots, or there is none; AskBertError BadRequest, InputUnreadable
   */
  async find({ filePath = '', uri }: PlaceInput, field: string): Promise<string> {
    const roots = await this.all();
    const given = uri === undefined ? filePath : uriPath(uri, field);
    const refused = () =>
      wrong(field, JSON.stringify(uri ?? filePath), `a path in the folders that may be read: ${named(roots)}`);
    const tried = path.isAbsolute(given) ? [path.normalize(given)] : candidates(given, roots);
    // Whether there is something outside is not told.
    const inside = tried.filter((each) => roots.some((root) => isInside(root.path, each) || isInside(root.real, each)));
    if (inside.length === 0) throw refused();
    for (const each of inside) {
      let real: string;
      try {
        real = await realpath(each);
      } catch (error) {
        if (/^(ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? '')) continue;
        throw asUnreadable(error, each);
      }
      if (!roots.some((root) => isInside(root.real, real))) throw refused();
      return real;
    }
    throw new ToolInputError(`${field}: there is no ${JSON.stringify(given)} (tried ${inside.join(', ')}).`);
  }
}

/** The names of the first of them. */
export function named(roots: readonly Root[]): string {
  const names = roots.slice(0, NAMED_ROOTS).map((root) => root.path);
  const more = roots.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function candidates(given: string, roots: readonly Root[]): string[] {
  const [head, ...rest] = given.split(path.sep === '/' ? '/' : /[\\/]/);
  return roots.flatMap((root) => [
    path.resolve(root.path, given),
    ...(roots.length > 1 && path.basename(root.path) === head ? [path.resolve(root.path, ...rest)] : []),
  ]);
}

/** @throws ToolInputError */
function uriPath(uri: string, field: string): string {
  try {
    return fileUriToPath(uri);
  } catch (error) {
    if (!(error instanceof AskBertError)) throw error;
    throw wrong(field, JSON.stringify(uri), 'the URI of a local file, such as file:///folder/file.md');
  }
}

/** Roots of other schemes have no files for this process. */
function pathOf(uri: string): string[] {
  try {
    return [fileURLToPath(uri)];
  } catch {
    return [];
  }
}

async function existing(paths: readonly string[]): Promise<Root[]> {
  const roots: Root[] = [];
  for (const each of new Set(paths)) {
    try {
      const root = { path: path.resolve(each), real: await realpath(each) };
      await stat(root.real);
      roots.push(root);
    } catch {
      // It is not there (any more).
    }
  }
  return roots;
}

/** What is in one of the first and in one of the second. */
function common(first: readonly Root[], second: readonly Root[]): Root[] {
  const both = first.flatMap((a) =>
    second.flatMap((b) => (isInside(b.real, a.real) ? [a] : isInside(a.real, b.real) ? [b] : [])),
  );
  return [...new Set(both)];
}

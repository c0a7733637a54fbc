/**
 * Arguments of a command from a menu, a keybinding, a node of the tree, or a test. Checked, since any extension may
 * pass anything.
 */
import * as vscode from 'vscode';
import { filterOf } from './choose-files.js';
import type { FileFilter } from './file-filter.js';
import type { TreePlace } from './results.js';

export interface ManyRequest {
  /** If missing, the question box is shown. */
  question?: string;
  /** Files and folders. */
  uris?: vscode.Uri[];
  /** Missing: the files that the user has chosen. */
  filter?: FileFilter;
}

/** The explorer passes (uri, all selected uris), a keybinding or a test an object. */
export function manyRequestOf([first, second]: unknown[]): ManyRequest {
  if (first instanceof vscode.Uri) {
    const selected = urisIn(second);
    return { uris: selected.length > 0 ? selected : [first] };
  }
  const { question, uris } = (first ?? {}) as Record<string, unknown>;
  const request: ManyRequest = {};
  if (typeof question === 'string') request.question = question;
  if (urisIn(uris).length > 0) request.uris = urisIn(uris);
  const filter = filterOf(first);
  if (filter) request.filter = filter;
  return request;
}

/** The place of a tree node; for a file, its best one. */
export function placeOf(node: unknown): TreePlace | undefined {
  const { place, places } = (node ?? {}) as { place?: unknown; places?: unknown };
  const found = place ?? (Array.isArray(places) ? places[0] : undefined);
  const { uri, start } = (found ?? {}) as Partial<TreePlace>;
  return typeof uri === 'string' && typeof start === 'number' ? (found as TreePlace) : undefined;
}

const urisIn = (value: unknown): vscode.Uri[] =>
  Array.isArray(value) ? value.filter((each): each is vscode.Uri => each instanceof vscode.Uri) : [];

/** Removes questions from the history, both in the "History" view and in the question box. */
import * as vscode from 'vscode';
import { confirm } from '../shared/messages.js';
import type { Asked } from './entries.js';
import type { AskedHistory } from './store.js';

/**
 * Pinned questions are meant to stay: among others they are removed only if the user says so, and Enter keeps them.
 * @param named the user has named this one question, and knows that it is pinned
 * @returns false: nothing was removed
 */
export async function removeEntries(
  history: AskedHistory,
  entries: readonly Asked[],
  named = entries.length === 1,
): Promise<boolean> {
  const { l10n } = vscode;
  const unpinned = entries.filter((entry) => !entry.pinned);
  const pinned = entries.length - unpinned.length;
  if (pinned > 0 && !named) {
    const keep = l10n.t('Keep Pinned');
    const all = l10n.t('Remove All');
    const text =
      entries.length === 1
        ? l10n.t('Remove the only question in the history? It is pinned.')
        : pinned === 1
          ? l10n.t('Remove {0} questions from the history? One of them is pinned.', entries.length)
          : l10n.t('Remove {0} questions from the history? {1} of them are pinned.', entries.length, pinned);
    const choice = await confirm(`Ask BERT: ${text}`, keep, all);
    if (choice !== keep && choice !== all) return false;
    if (choice === keep) return removed(history, unpinned);
  }
  return removed(history, entries);
}

function removed(history: AskedHistory, entries: readonly Asked[]): boolean {
  history.remove(entries);
  return entries.length > 0;
}

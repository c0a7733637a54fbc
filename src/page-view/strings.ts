/** The texts of the page, in the language of VS Code. */
import * as vscode from 'vscode';
import type { PageStrings } from './messages.js';

/** @param name of the file, in one line */
export function pageStrings(name: string): PageStrings {
  const { l10n } = vscode;
  return {
    pages: l10n.t('Pages of {0}', name),
    page: l10n.t('Page {0}', '{0}'),
    pageNumber: l10n.t('Page number'),
    ofPages: l10n.t('of {0}', '{0}'),
    previousPage: l10n.t('Previous Page'),
    nextPage: l10n.t('Next Page'),
    zoomIn: l10n.t('Zoom In'),
    zoomOut: l10n.t('Zoom Out'),
    fitWidth: l10n.t('Fit Width'),
    rotate: l10n.t('Rotate Clockwise'),
    find: l10n.t('Find'),
    findNext: l10n.t('Next Match'),
    findPrevious: l10n.t('Previous Match'),
    closeFind: l10n.t('Close Find'),
    found: l10n.t('{0} of {1}', '{0}', '{1}'),
    searching: l10n.t('Page {0} of {1}', '{0}', '{1}'),
    notFound: l10n.t('Not found'),
    answers: l10n.t('Answers'),
    nextAnswer: l10n.t('Next Answer'),
    previousAnswer: l10n.t('Previous Answer'),
    copyWithSource: l10n.t('Copy Answer with Source'),
    clearAnswers: l10n.t('Clear Answers'),
    loading: l10n.t('loading'),
    encrypted: l10n.t('{0} is protected by a password, which is not kept:', name),
    wrongPassword: l10n.t('This is not the password of {0}. Try again:', name),
    password: l10n.t('Password'),
    open: l10n.t('Open'),
    damaged: l10n.t(
      '{0} cannot be shown as PDF ({1}). It is damaged or not a PDF: get the file again, or try another program.',
      name,
      '{0}',
    ),
    pageFailed: l10n.t('Page {0} cannot be drawn ({1}).', '{0}', '{1}'),
    noSuchPage: l10n.t('The last page is {0}.', '{0}'),
    reload: l10n.t('Read the File Again'),
  };
}

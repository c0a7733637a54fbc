/**
 * What is said about an answer: hover, status bar, screen reader. The hover is registered only while there are answers.
 */
import * as vscode from 'vscode';
import type { PartRead } from '../../server/protocol.js';
import { asMarkdown } from '../shared/markdown.js';
import { oneLine, pathText, percent, wholePercent } from '../shared/texts.js';
import { confidence } from './grade.js';
import type { AnswerStore, DocumentAnswers, ReadSoFar, ShownAnswer, ShownResult } from './store.js';
import { originText } from './where.js';

/** Which answer a link means; without it: the current one of the active editor. */
export interface AnswerReference {
  uri: string;
  rank: number;
}

export class AnswerHover implements vscode.HoverProvider, vscode.Disposable {
  readonly #store: AnswerStore;
  #registration: vscode.Disposable | undefined;
  readonly #subscription: vscode.Disposable;

  constructor(store: AnswerStore) {
    this.#store = store;
    this.#subscription = store.onDidChange(() => {
      if (store.isEmpty) {
        this.#registration?.dispose();
        this.#registration = undefined;
      } else {
        this.#registration ??= vscode.languages.registerHoverProvider('*', this);
      }
    });
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    const entry = this.#store.of(document);
    const answer = entry?.answers.find(({ range }) => range.contains(position));
    return entry && answer && new vscode.Hover(hoverText(entry, answer), answer.range);
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#registration?.dispose();
  }
}

/** Everything from the document, the question or the machine is inserted as text, never as Markdown. */
function hoverText(entry: DocumentAnswers, answer: ShownAnswer): vscode.MarkdownString {
  const { l10n } = vscode;
  const text = new vscode.MarkdownString(undefined, false);
  text.supportHtml = false;
  text.isTrusted = {
    enabledCommands: [
      'askBert.copyAnswer',
      'askBert.copyAnswerWithSource',
      'askBert.nextAnswer',
      'askBert.previousAnswer',
      'askBert.readEverything',
      'askBert.clearAnswers',
    ],
  };
  const lines = [
    `**${asMarkdown(entry.question)}**`,
    ...(answer.path?.length ? [asMarkdown(pathText(answer.path))] : []),
    ...(entry.result.correctedQuestion ? [asMarkdown(correctedText(entry.result.correctedQuestion))] : []),
    answer.items
      ? answer.items.map(({ text: exact, prose }) => `- ${asMarkdown(oneLine(prose ?? exact, 500))}`).join('\n')
      : asMarkdown(answer.prose ?? answer.text),
    ...(answer.count ? [asMarkdown(l10n.t('The same words in {0} places', answer.count))] : []),
    asMarkdown([rankText(entry, answer), confidence(answer), ...originOf(answer)].join(' · ')),
    ...(entry.guess ? [asMarkdown(guessText(entry.result))] : []),
    ...(entry.soFar ? [asMarkdown(soFarText(entry.soFar))] : []),
    ...(entry.result.read ? [asMarkdown(partReadText(entry.result.read))] : []),
    ...engineLine(entry.result).map(asMarkdown),
  ];
  const reference: AnswerReference = { uri: entry.document.uri.toString(), rank: answer.rank };
  const link = (title: string, command: string) =>
    `[${title}](command:askBert.${command}?${encodeURIComponent(JSON.stringify([reference]))})`;
  const links = [link(l10n.t('Copy'), 'copyAnswer'), link(l10n.t('Copy with Source'), 'copyAnswerWithSource')];
  if (entry.answers.length > 1) {
    links.push(link(l10n.t('Next'), 'nextAnswer'), link(l10n.t('Previous'), 'previousAnswer'));
  }
  if (entry.result.read) links.push(link(l10n.t('Read Everything'), 'readEverything'));
  links.push(link(l10n.t('Clear'), 'clearAnswers'));
  return text.appendMarkdown([...lines, links.join(' | ')].join('\n\n'));
}

/** The question as it was read, where typing errors were corrected. */
export const correctedText = (question: string): string => vscode.l10n.t('Read as: {0}', oneLine(question, 200));

/** "Answer 1 of 4" */
export function rankText(entry: DocumentAnswers, answer: ShownAnswer): string {
  if (entry.soFar) return vscode.l10n.t('Answer {0} of {1} so far', answer.rank, entry.found);
  return entry.guess
    ? vscode.l10n.t('Guess {0} of {1}', answer.rank, entry.found)
    : vscode.l10n.t('Answer {0} of {1}', answer.rank, entry.found);
}

const guessText = (result: ShownResult) =>
  // Of what was not read, nothing is known.
  result.read
    ? vscode.l10n.t('No answer was found so far.')
    : vscode.l10n.t('The text probably has no answer ({0}).', percent(result.noAnswer.probability));

/** Why these are not the answers of the whole document. */
function soFarText({ phase, done, total }: ReadSoFar): string {
  const { l10n } = vscode;
  if (phase === 'cancelled')
    return l10n.t('The best so far: reading was cancelled after {0} of {1} parts.', done, total);
  if (phase === 'failed') return l10n.t('The best so far: reading failed after {0} of {1} parts.', done, total);
  return l10n.t('The best so far: {0} of {1} parts read, still reading.', done, total);
}

/** How much of a long text was read, and why not more. */
export function partReadText(read: PartRead): string {
  const { l10n } = vscode;
  const share = readShare(read);
  return read.ended === 'settled'
    ? l10n.t(
        '{0} of the text was read, the passages nearest to the question; more of them did not change the answer.',
        share,
      )
    : l10n.t('{0} of the text was read, the passages nearest to the question, up to the time limit.', share);
}

/** "12 %" */
export const readShare = ({ characters, ofCharacters }: PartRead): string =>
  wholePercent(ofCharacters > 0 ? characters / ofCharacters : 1);

/** "cpu, AMD Ryzen, int8 · 41 ms" */
function engineLine({ engine, timing }: ShownResult): string[] {
  if (!engine || !timing) return [];
  const time = vscode.l10n.t('{0} ms', Math.round(timing.totalMs));
  return [`${[engine.name, engine.device, engine.precision].filter(Boolean).join(', ')} · ${time}`];
}

/** One line for status bar and screen reader. */
export function announcement(entry: DocumentAnswers): string {
  const { current } = entry;
  const text = oneLine(current.prose ?? current.text, 80);
  return `${rankText(entry, current)}: ${text} (${[confidence(current), ...originOf(current)].join(', ')})`;
}

/** "page 3", of a file whose text was extracted. */
function originOf({ where = {} }: ShownAnswer): string[] {
  const text = originText(where);
  return text === undefined ? [] : [text];
}

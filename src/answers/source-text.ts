/** An answer with its source, for those who quote it: `"EUR 4,850" – service-agreement.md, § 4 Fees, line 32`. */
import * as vscode from 'vscode';
import { documentName, oneLine, pathText } from '../shared/texts.js';
import { originText, type Where, whereText } from './where.js';

/** What is said of an answer. */
export interface Quoted extends Where {
  text: string;
  prose?: string | undefined;
  /** From 0. */
  line: number;
  /** Headings or keys above it, outermost first. */
  path?: readonly string[] | undefined;
  /** The items of a list. */
  items?: readonly { text: string; prose?: string | undefined }[] | undefined;
}

/** UTF-16 units of what is quoted. */
const MOST = 100_000;

/** @param uri of the document, or of the text that was extracted from it */
export function withSource(answer: Quoted, uri: vscode.Uri): string {
  const words = (answer.items ?? [answer]).map((item) => oneLine(item.prose ?? item.text, MOST)).join('; ');
  // A chapter or a heading of a file is the place itself.
  const isHeading = answer.chapter !== undefined || answer.section !== undefined;
  const headings = isHeading && originText(answer) !== undefined ? [] : sectionText(answer.path ?? []);
  return vscode.l10n.t('"{0}" – {1}', words, [documentName(uri), ...headings, whereText(answer)].join(', '));
}

/** "§ 4 Fees" of a numbered heading "4. Fees"; other headings and keys as they are; none: nothing. */
function sectionText(path: readonly string[]): string[] {
  const last = path.at(-1);
  if (last === undefined) return [];
  const numbered = /^(?:§+\s*)?(\d+(?:\.\d+)*)\.?\s+(\S.*)$/su.exec(last);
  return [oneLine(numbered ? `§ ${numbered[1]} ${numbered[2]}` : pathText(path), 200)];
}

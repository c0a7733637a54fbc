/** Formats numbers, paths and long texts for users. */
import * as vscode from 'vscode';
import { oneLine as inOneLine } from '../../server/text/one-line.js';
import { originalOf } from './extracted-uri.js';

/** Never 0 or 100 %: a model is not certain. */
export function percent(probability: number): string {
  const format = new Intl.NumberFormat(vscode.env.language, { style: 'percent', maximumFractionDigits: 1 });
  if (probability > 0.999) return `> ${format.format(0.999)}`;
  if (probability < 0.001) return `< ${format.format(0.001)}`;
  return format.format(probability);
}

/** A share of a whole, without decimals: "12 %". */
export const wholePercent = (share: number): string =>
  new Intl.NumberFormat(vscode.env.language, { style: 'percent', maximumFractionDigits: 0 }).format(share);

/** The name of a document, without its folders; of a notebook's cell, that of the notebook; of a text, of its file. */
export function documentName(uri: vscode.Uri): string {
  const { path, scheme, authority } = originalOf(uri) ?? uri;
  const name = path.slice(path.lastIndexOf('/') + 1) || path || authority || scheme;
  return oneLine(name, 100);
}

/** "Install > Linux" */
export const pathText = (path: readonly string[]) => path.join(' > ');

/** Text in one line, truncated to `most` characters. */
export function oneLine(text: string, most: number): string {
  const flat = inOneLine(text).trim();
  return flat.length > most ? `${flat.slice(0, most - 1)}…` : flat;
}

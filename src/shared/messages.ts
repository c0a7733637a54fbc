/** Every notification and every word in the status bar: shown as text, whatever names and errors are part of it. */
import * as vscode from 'vscode';
import { asLabel, asMessage } from './markdown.js';

type Answered = Thenable<string | undefined>;

/** @param actions buttons; the result is the title of the one that was pressed */
export const inform = (text: string, ...actions: string[]): Answered =>
  vscode.window.showInformationMessage(asMessage(text), ...actions);

export const warn = (text: string, ...actions: string[]): Answered =>
  vscode.window.showWarningMessage(asMessage(text), ...actions);

export const complain = (text: string, ...actions: string[]): Answered =>
  vscode.window.showErrorMessage(asMessage(text), ...actions);

/** A question that has to be answered before anything else. */
export const confirm = (text: string, ...actions: string[]): Answered =>
  vscode.window.showWarningMessage(asMessage(text), { modal: true }, ...actions);

/** A word in the status bar, for a while. */
export const flash = (text: string, ms: number): vscode.Disposable =>
  vscode.window.setStatusBarMessage(asLabel(text), ms);

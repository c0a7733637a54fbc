/** The heavy part of managing models, loaded on first use. */
import path from 'node:path';
import * as vscode from 'vscode';

export type ModelsBundle = typeof import('../bundles/models.js');

/** Path of the bundle, which is also the module of a worker thread. */
export const bundleFile = (): string => path.join(__dirname, 'models-file.js');

export function modelsBundle(): ModelsBundle {
  const bundle = require('./models-file.js') as ModelsBundle;
  bundle.useLanguage(vscode.env.language);
  return bundle;
}

/** The list of models as shown: on this machine, available to download, to import. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { CatalogueEntry } from '../../server/model/store/catalogue.js';
import type { PartialModel, StoredModel } from '../../server/model/store/store.js';
import { asLabel } from '../shared/markdown.js';
import type { ModelsBundle } from './bundle.js';

export type ModelChoice =
  | { kind: 'embedded' }
  | { kind: 'installed'; model: StoredModel; entry: CatalogueEntry | undefined; inUse: boolean }
  /** A folder named in the setting, outside the store. */
  | { kind: 'elsewhere'; folder: string }
  | { kind: 'offered'; entry: CatalogueEntry; part: PartialModel | undefined; busy: boolean }
  | { kind: 'importFolder' }
  | { kind: 'importFile' };

export interface ModelRow extends vscode.QuickPickItem {
  subject?: ModelChoice;
}

export interface Inventory {
  models: StoredModel[];
  partials: PartialModel[];
  /** `askBert.modelPath`; empty: the embedded model. */
  modelPath: string;
  /** Folders that any settings name. */
  named: readonly string[];
  /** Identifiers of what is being downloaded. */
  busy: ReadonlySet<string>;
}

export function rowsOf(bundle: ModelsBundle, { models, partials, modelPath, named, busy }: Inventory): ModelRow[] {
  const { l10n } = vscode;
  const { catalogue, isSameFolder } = bundle;
  const entryOf = (model: StoredModel) => catalogue.find(({ id }) => id === model.name);
  const answers = (model: StoredModel) => modelPath !== '' && isSameFolder(modelPath, model.folder);
  // Other windows follow settings that those of this workspace take precedence over.
  const inUse = (model: StoredModel) => answers(model) || named.some((folder) => isSameFolder(folder, model.folder));
  const rows: ModelRow[] = [separator(l10n.t('On this machine')), embeddedRow(modelPath === '')];
  for (const model of models) rows.push(installedRow(bundle, model, entryOf(model), inUse(model)));
  if (modelPath !== '' && !models.some(answers)) rows.push(elsewhereRow(modelPath));
  const offered = catalogue.filter(({ id }) => !models.some(({ name }) => name === id));
  if (offered.length > 0) rows.push(separator(l10n.t('Available to download')));
  for (const entry of offered) {
    const part = partials.find(({ name }) => name === entry.id);
    rows.push(offeredRow(bundle, entry, part, busy.has(entry.id)));
  }
  rows.push(
    separator(l10n.t('Others')),
    {
      label: `$(folder) ${l10n.t('Import a Folder...')}`,
      detail: l10n.t('A model in Hugging Face layout, or a folder with one checkpoint'),
      subject: { kind: 'importFolder' },
    },
    {
      label: `$(file) ${l10n.t('Import a File...')}`,
      detail: l10n.t('A TensorFlow checkpoint (.index), or weights: .safetensors, .bin, .pt, .params'),
      subject: { kind: 'importFile' },
    },
  );
  return rows;
}

const separator = (label: string): ModelRow => ({ label, kind: vscode.QuickPickItemKind.Separator });

/** The model in use has an icon and a word: neither alone is accessible to everyone. */
const mark = (inUse: boolean): string => (inUse ? '$(check) ' : '$(circle-outline) ');
const inUseText = (inUse: boolean): string[] => (inUse ? [vscode.l10n.t('in use')] : []);

function embeddedRow(inUse: boolean): ModelRow {
  const { l10n } = vscode;
  return {
    label: mark(inUse) + l10n.t('Embedded model'),
    description: inUseText(inUse).join(', '),
    detail: l10n.t('Comes with Ask BERT: small and fast'),
    subject: { kind: 'embedded' },
  };
}

function installedRow(
  bundle: ModelsBundle,
  model: StoredModel,
  entry: CatalogueEntry | undefined,
  inUse: boolean,
): ModelRow {
  const { l10n } = vscode;
  const { sizeText, verifiedText, weightsOf } = bundle;
  const { name, bytes, manifest, fault } = model;
  const weights = manifest && weightsOf(manifest);
  const facts = [
    ...inUseText(inUse),
    name,
    sizeText(bytes),
    ...(manifest?.licence ? [manifest.licence] : []),
    ...qualityOf(bundle, entry),
  ];
  const origin = manifest ? [l10n.t('From {0}', manifest.source)] : [];
  if (weights) origin.push(`SHA-256 ${weights.sha256.slice(0, 16)}… (${verifiedText(weights.verified)})`);
  return {
    label: asLabel(manifest?.title ?? name).replace(/^/, fault ? '$(warning) ' : mark(inUse)),
    description: asLabel(facts.join(', ')),
    detail: asLabel(fault ?? origin.join(', ')),
    subject: { kind: 'installed', model, entry, inUse },
  };
}

function elsewhereRow(folder: string): ModelRow {
  return {
    label: mark(true) + asLabel(path.basename(folder)),
    description: inUseText(true).join(', '),
    detail: asLabel(folder),
    subject: { kind: 'elsewhere', folder },
  };
}

function offeredRow(
  bundle: ModelsBundle,
  entry: CatalogueEntry,
  part: PartialModel | undefined,
  busy: boolean,
): ModelRow {
  const { l10n } = vscode;
  const { title, licence } = entry;
  const state = busy
    ? l10n.t('being downloaded')
    : part
      ? l10n.t('{0} already downloaded', bundle.sizeText(part.bytes))
      : undefined;
  const facts = [...(state ? [state] : []), sizeOf(bundle, entry), licence, ...qualityOf(bundle, entry)];
  return {
    label: `${busy ? '$(sync)' : '$(cloud-download)'} ${asLabel(title)}`,
    description: facts.join(', '),
    detail: verifiedHow(entry),
    subject: { kind: 'offered', entry, part, busy },
  };
}

export function sizeOf({ bytesOf, sizeText }: ModelsBundle, entry: CatalogueEntry): string {
  const { bytes, exact } = bytesOf(entry);
  return exact ? sizeText(bytes) : vscode.l10n.t('about {0}', sizeText(bytes));
}

function qualityOf({ f1Text }: ModelsBundle, entry: CatalogueEntry | undefined): string[] {
  return entry ? [f1Text(entry) ?? `SQuAD ${entry.squad}`] : [];
}

/** How the download is verified. */
export function verifiedHow({ files }: CatalogueEntry): string {
  const { l10n } = vscode;
  return files.some(({ name, sha256 }) => name === 'model.safetensors' && sha256)
    ? l10n.t('Verified by the published SHA-256 of its weights, and by loading it')
    : l10n.t('Verified by the hash if the server states one, by length, and by loading it; the hash is recorded');
}

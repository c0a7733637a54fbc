/**
 * TensorFlow checkpoints of BERT for question answering: found from any of their files, and read by allow-listed names.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { t } from '../../l10n.js';
import { readRegularSync } from '../../storage/open-file.js';
import { ByteFile } from './byte-file.js';
import { invalid, shown } from './fault.js';
import { transpose } from './floats.js';
import type { ImportedTensor, ImportedTensors } from './imported.js';
import { isTable } from './table-file.js';
import { TensorBundle, v1Remedy } from './tensorbundle.js';
import { masterCopy, tensorflowTarget } from './tf-names.js';

/** Largest text file `checkpoint` that is read. */
const MAX_STATE_BYTES = 1 << 20;
/** Endings of a checkpoint's own files. */
const ownEnding = /\.(index|meta|data-\d{5}-of-\d{5})$/;
/** Ending of the parts of a checkpoint of version 1. */
const v1Part = /-(\d{5}|\?{5})-of-\d{5}$/;

/**
 * The prefix of a checkpoint that `given` names: the prefix itself, one of its files, or the text file `checkpoint`.
 * @returns undefined if `given` is not a TensorFlow checkpoint
 * @throws AskBertError ModelInvalid for a checkpoint of version 1
 */
export function tensorflowPrefix(given: string): string | undefined {
  if (existsSync(`${given}.index`)) return given;
  const prefix = given.replace(ownEnding, '');
  if (prefix !== given && existsSync(`${prefix}.index`)) return prefix;
  if (!existsSync(given)) {
    const parts = siblings(given).filter((f) => f.startsWith(path.basename(given)) && v1Part.test(f));
    if (parts.length > 0 && looksLikeTable(path.join(path.dirname(given), parts[0]))) throw versionOne(given);
    return undefined;
  }
  if (!statSync(given).isFile()) return undefined;
  if (path.basename(given) === 'checkpoint') return prefixOfState(given);
  if (looksLikeTable(given)) throw versionOne(given);
  return undefined;
}

/** The prefixes of all checkpoints among the files of a folder. */
export function tensorflowPrefixes(folder: string, files: readonly string[]): string[] {
  const indexes = files.filter((f) => f.endsWith('.index'));
  return indexes.map((f) => path.join(folder, f.slice(0, -'.index'.length)));
}

/** @throws AskBertError ModelInvalid when one of the files of a folder is a checkpoint of version 1 */
export function refuseVersionOne(folder: string, files: readonly string[]): void {
  for (const file of files.map((f) => path.join(folder, f))) {
    if (statSync(file).isFile() && looksLikeTable(file)) throw versionOne(file);
  }
}

/** Reads the index of a checkpoint. @throws AskBertError ModelInvalid naming file and tensor */
export function openTensorflow(prefix: string): ImportedTensors {
  const bundle = new TensorBundle(prefix);
  const tensors = new Map<string, ImportedTensor>();
  const skipped: string[] = [];
  for (const name of bundle.entries.keys()) {
    const isMaster = name.endsWith(masterCopy);
    const target = tensorflowTarget(isMaster ? name.slice(0, -masterCopy.length) : name);
    if (!target) skipped.push(name);
    // A variable with a master copy is only its rounded version.
    else if (!bundle.entries.has(name + masterCopy)) {
      tensors.set(target.name, tensorOf(bundle, name, target.transpose));
    }
  }
  if (tensors.size === 0) throw notBert(bundle);
  const used = new Set([...tensors.values()].map(({ source }) => source));
  function* verifyRest() {
    for (const name of bundle.entries.keys()) {
      if (!used.has(name)) yield bundle.verify(name);
    }
  }
  return { file: bundle.path, format: 'TensorFlow', tensors, skipped, verifyRest, close: () => bundle.close() };
}

function tensorOf(bundle: TensorBundle, source: string, turned: boolean): ImportedTensor {
  const { shape } = bundle.entries.get(source)!;
  if (!turned) return { source, shape, read: () => bundle.floats(source) };
  if (shape.length !== 2) {
    throw invalid(bundle.path, t('says that tensor {0} has the shape {1}, expected a matrix', source, shown(shape)));
  }
  const [rows, columns] = shape;
  return { source, shape: [columns, rows], read: () => transpose(bundle.floats(source), rows, columns) };
}

function notBert(bundle: TensorBundle) {
  const names = [...bundle.entries.keys()].filter((n) => !n.startsWith('_'));
  const some = names.slice(0, 3).join(', ');
  const objects = bundle.entries.has('_CHECKPOINTABLE_OBJECT_GRAPH');
  return invalid(
    bundle.path,
    t(
      'holds tensors ({1} ...; {0} in all), but none with the names of BERT (bert/embeddings/word_embeddings ...)',
      names.length,
      some,
    ),
    objects
      ? t('It was written by a Keras model: save that as a Hugging Face model instead.')
      : t('Import a checkpoint of Google’s or NVIDIA’s BERT that was trained to answer questions.'),
  );
}

/** `model_checkpoint_path` of a state file, which is the text of a CheckpointState message. */
function prefixOfState(file: string): string {
  let text: string;
  try {
    text = readRegularSync(file, MAX_STATE_BYTES).toString('utf8');
  } catch (e) {
    throw invalid(file, t('cannot be opened: {0}', (e as Error).message), undefined, e);
  }
  const quoted = /^\s*model_checkpoint_path\s*:\s*("(?:[^"\\]|\\.)*")/m.exec(text)?.[1];
  let stated: unknown;
  try {
    stated = quoted && JSON.parse(quoted);
  } catch {
    // Refused below.
  }
  if (typeof stated !== 'string' || stated === '') {
    throw invalid(file, t('has no field "model_checkpoint_path"'), t('Name the checkpoint itself: its .index file.'));
  }
  const folder = path.dirname(file);
  // An absolute path comes from the training machine: use the file next to the state file.
  for (const prefix of [path.resolve(folder, stated), path.join(folder, stated.split(/[\\/]/).pop()!)]) {
    if (existsSync(`${prefix}.index`)) return prefix;
    if (existsSync(prefix) && looksLikeTable(prefix)) throw versionOne(prefix);
  }
  throw invalid(file, t('names the checkpoint {0}, which is not beside it', stated));
}

function looksLikeTable(given: string): boolean {
  const file = new ByteFile(given);
  try {
    return isTable(file);
  } finally {
    file.close();
  }
}

const versionOne = (given: string) =>
  invalid(
    given,
    t('is a TensorFlow checkpoint of version 1, expected version 2 (files .index and .data-...)'),
    v1Remedy(),
  );

function siblings(file: string): string[] {
  try {
    return readdirSync(path.dirname(file));
  } catch {
    return [];
  }
}

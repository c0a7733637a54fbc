/** Finds out what a path names - a checkpoint, one of its files, or the folder around it - and opens it. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { AskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import { ByteFile } from './byte-file.js';
import { invalid } from './fault.js';
import { isGluon, openGluon } from './gluon.js';
import { openHuggingFace } from './huggingface.js';
import type { ImportedTensors } from './imported.js';
import { openTensorflow, refuseVersionOne, tensorflowPrefix, tensorflowPrefixes } from './tensorflow.js';
import { isTorch, openTorch, refuseOldTorch } from './torch.js';

const torchFile = /\.(pt|pth|bin)$/i;

/**
 * Hugging Face's names, which take precedence over other files in a folder: training also leaves optimizer states
 * there.
 */
const usual = ['model.safetensors', 'pytorch_model.bin'];

/**
 * Opens a checkpoint of any known format.
 * @param given a file, a prefix of TensorFlow, or a folder with one checkpoint
 * @throws AskBertError BadRequest when there is nothing, ModelInvalid naming file and fault
 */
export function openSource(given: string): ImportedTensors {
  const prefix = tensorflowPrefix(given);
  if (prefix !== undefined) return openTensorflow(prefix);
  if (!existsSync(given)) {
    throw new AskBertError('BadRequest', t('There is no checkpoint {0}.', given), t('Check the path.'));
  }
  return statSync(given).isDirectory() ? openFolder(given) : openFile(given);
}

function openFolder(folder: string): ImportedTensors {
  const files = filesOf(folder);
  for (const name of usual) if (files.includes(name)) return openFile(path.join(folder, name));
  const split = files.find((f) => /\.(safetensors|bin)\.index\.json$/.test(f));
  if (split) {
    throw invalid(
      path.join(folder, split),
      t('describes weights that are split across several files, which cannot be read'),
      t('Save the model in one file: model.save_pretrained(folder, max_shard_size="100GB").'),
    );
  }
  const state = path.join(folder, 'checkpoint');
  const prefixes = tensorflowPrefixes(folder, files);
  if (prefixes.length > 1 && existsSync(state)) return openSource(state);
  const others = files
    .filter((f) => torchFile.test(f) || /\.(params|safetensors)$/.test(f))
    .map((f) => path.join(folder, f));
  const found = [...prefixes.map((p) => `${p}.index`), ...others];
  if (found.length === 1) return openSource(found[0]);
  if (found.length === 0 && existsSync(state)) return openSource(state);
  if (found.length === 0) refuseVersionOne(folder, files);
  throw invalid(
    folder,
    found.length === 0
      ? t(
          'is a folder without a checkpoint: expected model.ckpt.index, pytorch_model.bin, model.safetensors or .params',
        )
      : t('is a folder with several checkpoints: {0}', found.map((f) => path.basename(f)).join(', ')),
    t('Name the file of the checkpoint.'),
  );
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (e) {
    throw invalid(folder, t('cannot be read: {0}', (e as Error).message), t('Check its permissions.'), e);
  }
}

function openFile(file: string): ImportedTensors {
  if (/\.safetensors$/i.test(file)) return openHuggingFace(file);
  const bytes = new ByteFile(file);
  try {
    if (isTorch(bytes)) return openTorch(file);
    if (isGluon(bytes)) return openGluon(file);
    refuseOldTorch(bytes);
  } finally {
    bytes.close();
  }
  throw invalid(
    file,
    t('is in an unknown format: {0} bytes, neither TensorFlow, PyTorch, safetensors nor MXNet', bytes.size),
    t('Name the .index file of a TensorFlow checkpoint, or a .pt, .bin, .safetensors or .params file.'),
  );
}

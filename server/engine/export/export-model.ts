/** Writes a model for other programs: a folder in Hugging Face's layout with an ONNX graph, or a Triton repository. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AskBertError, throwIfAborted } from '../../errors.js';
import { t } from '../../l10n.js';
import { type ModelConfig, readModelConfig } from '../../model/config.js';
import { tokenizerHash } from '../../model/model-tokenizer.js';
import { ModelWeights } from '../../model/weights.js';
import { checkRoom, diskFault, realDisk } from '../../storage/disk.js';
import { VOCABULARY_KEY } from '../remote/metadata.js';
import { huggingFaceFiles } from './huggingface.js';
import { standardGraph } from './standard-graph.js';
import { tritonConfig } from './triton.js';

export type ExportTarget = 'onnx' | 'triton';

export interface ExportedFile {
  /** Relative to the folder, with "/". */
  name: string;
  bytes: number;
  sha256: string;
}

export interface ExportOptions {
  target: ExportTarget;
  /** Name of the model on the server; for Triton the folder of the model. */
  name: string;
  signal?: AbortSignal | undefined;
  onProgress?: ((bytes: number, total: number) => void) | undefined;
}

/** Protobuf reads no message of 2 GiB or more. */
const MAX_ONNX_BYTES = 2 ** 31 - 1;

/**
 * The folder appears when everything is written.
 * @param folder new, or empty
 * @throws AskBertError ModelInvalid, BadRequest for the folder, InputUnreadable for the disk, Cancelled
 */
export async function exportModel(model: string, folder: string, options: ExportOptions): Promise<ExportedFile[]> {
  const config = readModelConfig(model);
  const files = otherFiles(config, options);
  const onnx = options.target === 'triton' ? `${options.name}/1/model.onnx` : 'onnx/model.onnx';
  checkFolder(folder);
  const weights = new ModelWeights(config);
  let part: string | undefined;
  try {
    const { bytes, pieces } = standardGraph(weights).stream({ [VOCABULARY_KEY]: tokenizerHash(config) });
    if (bytes > MAX_ONNX_BYTES) {
      throw new AskBertError(
        'ModelInvalid',
        t('The model {0} has {1} bytes in FP32; an ONNX file has at most {2}.', config.name, bytes, MAX_ONNX_BYTES),
      );
    }
    const parent = path.dirname(path.resolve(folder));
    await mkdir(parent, { recursive: true });
    await checkRoom(realDisk, parent, bytes);
    part = await mkdtemp(path.join(parent, `.${path.basename(folder)}-`));
    const written = [await writePieces(part, onnx, pieces, bytes, options)];
    for (const [name, content] of Object.entries(files)) written.push(await writeOne(part, name, content));
    throwIfAborted(options.signal);
    if (existsSync(folder)) await rmdir(folder);
    await rename(part, folder);
    part = undefined;
    return written;
  } catch (e) {
    throw diskFault(e, folder);
  } finally {
    weights.close();
    if (part) await rm(part, { recursive: true, force: true });
  }
}

function otherFiles(config: ModelConfig, { target, name }: ExportOptions): Record<string, string | Uint8Array> {
  if (target === 'onnx') return huggingFaceFiles(config);
  return { [`${name}/config.pbtxt`]: tritonConfig(name, config, { [VOCABULARY_KEY]: tokenizerHash(config) }) };
}

/** @throws AskBertError BadRequest: nothing of the user's is overwritten */
function checkFolder(folder: string): void {
  if (!existsSync(folder)) return;
  const isFolder = statSync(folder).isDirectory();
  if (isFolder && readdirSync(folder).length === 0) return;
  throw new AskBertError(
    'BadRequest',
    isFolder
      ? t('The folder {0} is not empty; expected a new or an empty one.', folder)
      : t('{0} is not a folder; expected a new or an empty one.', folder),
    t('Name another folder.'),
  );
}

async function writePieces(
  folder: string,
  name: string,
  pieces: Iterable<Uint8Array>,
  bytes: number,
  { signal, onProgress }: ExportOptions,
): Promise<ExportedFile> {
  const file = await created(folder, name);
  const hash = createHash('sha256');
  const sink = await realDisk.append(file);
  try {
    let done = 0;
    for (const piece of pieces) {
      throwIfAborted(signal);
      await sink.write(piece);
      hash.update(piece);
      done += piece.length;
      onProgress?.(done, bytes);
    }
  } finally {
    await sink.close();
  }
  return { name, bytes, sha256: hash.digest('hex') };
}

async function writeOne(folder: string, name: string, content: string | Uint8Array): Promise<ExportedFile> {
  const bytes = Buffer.from(content);
  await writeFile(await created(folder, name), bytes);
  return { name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** The path of a file whose folder exists. */
async function created(folder: string, name: string): Promise<string> {
  const file = path.join(folder, ...name.split('/'));
  await mkdir(path.dirname(file), { recursive: true });
  return file;
}

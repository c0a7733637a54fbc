/** Looks at a checkpoint before it is imported: what is wrong with it is said before anything is asked or written. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { storedTensors } from '../weights.js';
import { describe } from './description.js';
import { checkTensors, type ImportOptions, writeDescription } from './import-model.js';
import { openSource } from './source.js';

/**
 * Opens it, reads its description, and compares the shapes of its tensors with it; the values are read by the import.
 * @throws AskBertError as importModel
 */
export function lookAtCheckpoint(checkpoint: string, options: ImportOptions = {}): void {
  const source = openSource(checkpoint);
  const folder = mkdtempSync(path.join(tmpdir(), 'ask-bert-look-'));
  try {
    const description = describe(source, options, options.lowerCase);
    const config = writeDescription(folder, description);
    checkTensors(source, storedTensors(config), description.configFile);
  } finally {
    source.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `ask-bert model import` as the command line calls it. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { modelCommand } from '../../../server/cli/model.js';
import { createYargs } from '../../../server/cli/yargs.js';
import { readModelConfig } from '../../../server/model/config.js';
import { ModelWeights } from '../../../server/model/weights.js';
import { checkpoint, scratch } from './import-fixtures.js';

/** Runs the command line; what it prints on standard output. */
async function run(...args: string[]): Promise<string> {
  const written: string[] = [];
  const { write } = process.stdout;
  // `print` waits for its text with a function; the test runner, which writes here too, does not.
  process.stdout.write = ((text: string, ...more: unknown[]) => {
    const done = more.at(-1);
    if (typeof done !== 'function') return Reflect.apply(write, process.stdout, [text, ...more]);
    written.push(text);
    done();
    return true;
  }) as typeof write;
  try {
    await createYargs(args)
      .parserConfiguration({ 'boolean-negation': false })
      .command(modelCommand)
      .demandCommand(1)
      .strict()
      .fail((message, error) => {
        throw error ?? new Error(message);
      })
      .parseAsync();
  } finally {
    process.stdout.write = write;
  }
  return written.join('');
}

describe('model import', () => {
  it('creates a model with every flag, and reports it as text and as JSON', async () => {
    const folder = path.join(scratch(), 'made');
    const text = await run('model', 'import', checkpoint('tf-google', 'bert_model.ckpt'), folder);
    assert.match(text, /Model {3}made \(/);
    assert.match(text, /2 layers, hidden size 32, 39 tensors stored as f32/);
    assert.match(text, /bert_model\.ckpt\.index \(TensorFlow\), 43 tensors not needed/);
    const flags = ['--name', 'other', '--storage', 'int8', '--do-lower-case=false', '--force', '--json'];
    const files = ['--config', checkpoint('gluon', 'bert_config.json'), '--vocab', checkpoint('gluon', 'tiny.vocab')];
    const report = JSON.parse(
      await run('model', 'import', checkpoint('gluon', 'net.params'), folder, ...flags, ...files),
    );
    assert.deepEqual(
      [report.name, report.format, report.storage, report.lowerCase, report.caseReason, report.skipped],
      ['other', 'gluon-nlp', 'int8', false, 'as given', 0],
    );
    const config = readModelConfig(folder);
    assert.deepEqual([config.name, config.tokenizer.lowerCase], ['other', false]);
    const weights = new ModelWeights(config);
    assert.equal(weights.storage, 'I8');
    weights.close();
  });

  it('wrong usage is reported, and nothing is created', async () => {
    const folder = path.join(scratch(), 'made');
    await assert.rejects(run('model'), /action/);
    await assert.rejects(run('model', 'export', 'a', 'b'), /export|action/i);
    await assert.rejects(run('model', 'import'), /Not enough/);
    await assert.rejects(run('model', 'import', checkpoint('tf-google'), folder, '--storage', 'f8'), /storage/);
    await assert.rejects(run('model', 'import', checkpoint('tf-google'), folder, '--colour', 'red'), /colour/);
    await assert.rejects(run('model', 'import', checkpoint('none'), folder), { code: 'BadRequest' });
    assert.ok(!existsSync(folder));
  });
});

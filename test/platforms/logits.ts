/**
 * The CPU engine's logits of short windows, in FP32 and in 8 bits, on the processor that this runs on:
 *   node logits.js MODELS.json OUT.json    MODELS: [{ name, folder }]
 * OUT: { name: { fp32, int8 } }, each the start logits of all windows, then the end logits; a precision that the engine
 * refuses is its message instead.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CpuEngine } from '../../server/engine/cpu/cpu-engine.js';
import type { CpuPrecision } from '../../server/engine/cpu/graph.js';
import type { WindowBatch } from '../../server/engine/engine.js';
import { type ModelConfig, readModelConfig } from '../../server/model/config.js';
import { readModelVocabulary } from '../../server/model/model-vocabulary.js';
import { ModelWeights } from '../../server/model/weights.js';
import { Tokenizer } from '../../server/tokenizer/tokenizer.js';

const question = 'Who is the keeper of the lighthouse?';
const text =
  'The lighthouse of Varberg was built in 1867 and rises 34 metres above the sea. Its keeper is Ana Ferreira, who came from Porto.';

/** The windows that a tiny model has its golden logits of; of another model, one window. */
function windowsOf(config: ModelConfig): WindowBatch {
  const golden = path.join(config.folder, 'golden.json');
  if (existsSync(golden)) {
    const { lengths, inputIds, segmentIds } = JSON.parse(readFileSync(golden, 'utf8'));
    return {
      count: lengths.length,
      length: inputIds[0].length,
      inputIds: Int32Array.from(inputIds.flat()),
      segmentIds: Int32Array.from(segmentIds.flat()),
      lengths: Int32Array.from(lengths),
    };
  }
  const vocabulary = readModelVocabulary(config);
  const tokenizer = new Tokenizer(vocabulary, config.tokenizer);
  const { clsId, sepId } = vocabulary;
  const first = [clsId, ...tokenizer.encode(question).ids, sepId];
  const ids = [...first, ...tokenizer.encode(text).ids, sepId];
  const segmentIds = Int32Array.from(ids, (_, i) => Number(i >= first.length));
  return {
    count: 1,
    length: ids.length,
    inputIds: Int32Array.from(ids),
    segmentIds,
    lengths: Int32Array.of(ids.length),
  };
}

async function logits(folder: string, precision: CpuPrecision): Promise<number[] | string> {
  try {
    const config = readModelConfig(folder);
    const batch = windowsOf(config);
    const engine = await CpuEngine.create(new ModelWeights(config), { precision, threads: 1 });
    const { start, end } = await engine.run(batch);
    await engine.close();
    // Not the padding, which no engine computes.
    const isPiece = (_: number, i: number): boolean => i % batch.length < batch.lengths[Math.floor(i / batch.length)];
    return [...start.filter(isPiece), ...end.filter(isPiece)];
  } catch (e) {
    return e instanceof Error ? e.message : String(e);
  }
}

async function main([models, out]: string[]): Promise<void> {
  const results: Record<string, Record<CpuPrecision, number[] | string>> = {};
  for (const { name, folder } of JSON.parse(readFileSync(models, 'utf8'))) {
    results[name] = { fp32: await logits(folder, 'fp32'), int8: await logits(folder, 'int8') };
  }
  // NaN is not a number in JSON.
  writeFileSync(
    out,
    JSON.stringify(results, (_, value) => (Number.isNaN(value) ? null : value)),
  );
}

main(process.argv.slice(2));

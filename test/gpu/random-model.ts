/** A BERT of any shape with weights that mean nothing but behave: written as a model folder in Hugging Face's layout. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { readModelConfig } from '../../server/model/config.js';
import { expectedTensors } from '../../server/model/weights.js';

export interface ModelShape {
  hiddenSize: number;
  layers: number;
  heads: number;
  intermediateSize: number;
}

export const modelShapes: Record<string, ModelShape> = {
  embedded: { hiddenSize: 384, layers: 6, heads: 12, intermediateSize: 1536 },
  base: { hiddenSize: 768, layers: 12, heads: 12, intermediateSize: 3072 },
  large: { hiddenSize: 1024, layers: 24, heads: 16, intermediateSize: 4096 },
};

/** Normal numbers of a fixed seed; each tensor takes a part of them that begins elsewhere. */
function normalBlock(count: number): Float32Array {
  const block = new Float32Array(count);
  let seed = 12345;
  const uniform = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    return ((seed >>> 8) + 0.5) / 2 ** 24;
  };
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    block[i] = radius * Math.cos(angle);
    if (i + 1 < count) block[i + 1] = radius * Math.sin(angle);
  }
  return block;
}

/**
 * Standard deviation of a tensor, and its mean: LayerNorm's factors lie around 1, the head makes logits of a few units.
 * Queries and keys are sharp and values small, or all pieces would end as the same average.
 */
function spread(name: string): { deviation: number; mean: number } {
  if (name.endsWith('LayerNorm.weight')) return { deviation: 0.1, mean: 1 };
  if (name.startsWith('qa_outputs')) return { deviation: 0.1, mean: 0 };
  if (/\.(query|key)\./.test(name)) return { deviation: 0.06, mean: 0 };
  if (/\.(value|attention\.output\.dense)\./.test(name)) return { deviation: 0.02, mean: 0 };
  return { deviation: 0.04, mean: 0 };
}

/** Writes config.json and model.safetensors (F32). */
export function writeRandomModel(folder: string, name: string, shape: ModelShape): void {
  mkdirSync(folder, { recursive: true });
  const config = {
    model_type: 'bert',
    vocab_size: 30522,
    hidden_size: shape.hiddenSize,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    intermediate_size: shape.intermediateSize,
    max_position_embeddings: 512,
    type_vocab_size: 2,
    layer_norm_eps: 1e-12,
    hidden_act: 'gelu',
    ask_bert: { name, max_seq_length: 384, doc_stride: 128 },
  };
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  const tensors = [...expectedTensors(readModelConfig(folder))].map(([tensor, dims]) => ({
    tensor,
    dims,
    count: dims.reduce((a, b) => a * b, 1),
  }));
  const header: Record<string, unknown> = {};
  let position = 0;
  for (const { tensor, dims, count } of tensors) {
    header[tensor] = { dtype: 'F32', shape: dims, data_offsets: [position, position + 4 * count] };
    position += 4 * count;
  }
  const step = 104_729;
  const block = normalBlock(Math.max(...tensors.map((each) => each.count)) + step);
  const json = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  const file = openSync(path.join(folder, 'model.safetensors'), 'w');
  try {
    writeSync(file, size);
    writeSync(file, json);
    for (const [i, { tensor, count }] of tensors.entries()) {
      const { deviation, mean } = spread(tensor);
      const from = (i * 7919) % step;
      const values = block.slice(from, from + count).map((v) => v * deviation + mean);
      writeSync(file, new Uint8Array(values.buffer));
    }
  } finally {
    closeSync(file);
  }
}

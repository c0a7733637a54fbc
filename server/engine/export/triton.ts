/** config.pbtxt: how Triton serves a model that was exported. */
import type { ModelConfig } from '../../model/config.js';
import { INPUTS, OUTPUTS } from '../remote/tensors.js';

/** Rows of the largest batch: a GPU gains little beyond. */
const MAX_BATCH = 64;
/** How long Triton waits for more requests to share a batch, microseconds. */
const QUEUE_DELAY_US = 200;

/** @param parameters of the model, which its metadata repeats */
export function tritonConfig(
  name: string,
  { maxSequenceLength }: ModelConfig,
  parameters: Readonly<Record<string, string>>,
): string {
  const tensor = (each: string, type: string) =>
    `  {\n    name: "${each}"\n    data_type: ${type}\n    dims: [ -1 ]\n  }`;
  const list = (field: string, names: readonly string[], type: string) =>
    `${field} [\n${names.map((each) => tensor(each, type)).join(',\n')}\n]`;
  return `${[
    `# Written by "ask-bert export". Windows have at most ${maxSequenceLength} tokens.`,
    `name: "${name}"`,
    'backend: "onnxruntime"',
    `max_batch_size: ${MAX_BATCH}`,
    list('input', INPUTS, 'TYPE_INT64'),
    list('output', OUTPUTS, 'TYPE_FP32'),
    `dynamic_batching {\n  max_queue_delay_microseconds: ${QUEUE_DELAY_US}\n}`,
    '# One instance on each GPU, or on the processor if there is none.',
    'instance_group [\n  {\n    count: 1\n    kind: KIND_AUTO\n  }\n]',
    ...Object.entries(parameters).map(
      ([key, value]) => `parameters {\n  key: "${key}"\n  value {\n    string_value: "${value}"\n  }\n}`,
    ),
  ].join('\n')}\n`;
}

/**
 * Names of BERT's variables in TensorFlow checkpoints of Google's and NVIDIA's code, as an allow-list. Whatever is not
 * named here - optimizer slots, the pooler, pre-training heads, loss scale, global step - is not for answering
 * questions.
 */

export interface Target {
  /** Hugging Face's name. */
  name: string;
  /** TensorFlow's kernels are (in, out), PyTorch's weights (out, in). */
  transpose: boolean;
}

const fixed: Readonly<Record<string, string>> = {
  'bert/embeddings/word_embeddings': 'bert.embeddings.word_embeddings.weight',
  'bert/embeddings/position_embeddings': 'bert.embeddings.position_embeddings.weight',
  'bert/embeddings/token_type_embeddings': 'bert.embeddings.token_type_embeddings.weight',
  'bert/embeddings/LayerNorm/gamma': 'bert.embeddings.LayerNorm.weight',
  'bert/embeddings/LayerNorm/beta': 'bert.embeddings.LayerNorm.bias',
  // Not a kernel: it is (out, in) in the code of both.
  'cls/squad/output_weights': 'qa_outputs.weight',
  'cls/squad/output_bias': 'qa_outputs.bias',
};

const layer = /^bert\/encoder\/layer_(0|[1-9]\d{0,2})\/(.+)\/(kernel|bias|gamma|beta)$/;
const dense = new Set([
  'attention/self/query',
  'attention/self/key',
  'attention/self/value',
  'attention/output/dense',
  'intermediate/dense',
  'output/dense',
]);
const norms = new Set(['attention/output/LayerNorm', 'output/LayerNorm']);

/** The target of a variable; undefined if it is not needed. */
export function tensorflowTarget(variable: string): Target | undefined {
  if (Object.hasOwn(fixed, variable)) return { name: fixed[variable], transpose: false };
  const [, number, part, kind] = layer.exec(variable) ?? [];
  if (!(kind === 'kernel' || kind === 'bias' ? dense : norms).has(part)) return undefined;
  const end = kind === 'kernel' || kind === 'gamma' ? 'weight' : 'bias';
  return { name: `bert.encoder.layer.${number}.${part.replaceAll('/', '.')}.${end}`, transpose: kind === 'kernel' };
}

/** Ending of the 32-bit master copy that mixed-precision training keeps beside a 16-bit variable. */
export const masterCopy = '/shadow';

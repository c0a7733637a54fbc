/**
 * Names of tensors in PyTorch and safetensors files: Hugging Face's own for each family (also the gamma and beta of old
 * conversions) and those of NVIDIA's PyTorch code, which calls the intermediate layer `dense_act`.
 */
import { families } from '../families/families.js';
import { bertName } from '../families/family.js';

/** Prefixes that training frameworks put before the model's own names, any number of times. */
const wrapper = /^(?:module\.|model\.|_orig_mod\.)+/;
const wanted =
  /^(?:bert\.(?:embeddings\.(?:(?:word|position|token_type)_embeddings\.weight|LayerNorm\.(?:weight|bias))|embeddings_project\.(?:weight|bias)|encoder\.layer\.(?:0|[1-9]\d{0,2})\.(?:(?:attention\.self\.(?:query|key|value)|(?:attention\.output|intermediate|output)\.dense|(?:attention\.)?output\.LayerNorm)\.(?:weight|bias)))|qa_outputs\.(?:weight|bias))$/;

/** Hugging Face's name of a tensor; undefined when answering questions does not need it. */
export function torchTarget(name: string): string | undefined {
  const plain = name
    .replace(wrapper, '')
    .replace(/\.LayerNorm\.gamma$/, '.LayerNorm.weight')
    .replace(/\.LayerNorm\.beta$/, '.LayerNorm.bias')
    .replace(/\.intermediate\.dense_act\./, '.intermediate.dense.');
  return families.some((family) => wanted.test(bertName(family, plain) ?? '')) ? plain : undefined;
}

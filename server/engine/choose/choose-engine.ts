/** Chooses engine and precision, with reasons: from the settings, the machine and the model. */

import { t } from '../../l10n.js';
import type { ModelWeights } from '../../model/weights.js';
import { platformFolder } from '../../storage/platform-folder.js';
import { Admission } from '../check/admission.js';
import { unsupportedByTensorRt } from '../tensorrt/supported.js';
import type { Choice, ChooseOptions, Context, EngineSettings } from './choice.js';
import { chooseCpu, cpuAnew } from './choose-cpu.js';
import { chooseTensorRt, chooseWhileTrying, notFound } from './choose-tensorrt.js';
import { findTensorRt, mustBeTried } from './find-tensorrt.js';

export type { Choice, ChooseOptions, EngineSettings } from './choice.js';

/**
 * Creates the engine that the settings and the machine allow, checked against the golden logits of the model. If
 * TensorRT cannot be used the CPU answers, and the reasons say why. With `auto`, the CPU also answers while TensorRT is
 * tried and its engine is built for the first time.
 * @throws AskBertError ModelInvalid, Cancelled, EngineBuild when no engine is left, and what the CPU engine throws
 */
export async function chooseEngine(
  weights: ModelWeights,
  settings: EngineSettings,
  options: ChooseOptions = {},
): Promise<Choice> {
  const wish = settings.engine ?? 'auto';
  const folder = settings.cacheFolder || platformFolder('cache');
  const admission = await Admission.open(weights, folder, options.signal, options.makers);
  const context: Context = { ...options, settings, admission };
  if (wish === 'remote') {
    const { chooseRemote } = await import('./choose-remote.js');
    return chooseRemote(weights.config, context, (reasons) => cpuAnew(weights.config, context, reasons));
  }
  if (wish === 'cpu') return chooseCpu(weights, context, [t('cpu: chosen in the settings')]);
  const unsupported = unsupportedByTensorRt(weights.config);
  if (unsupported !== undefined) return chooseCpu(weights, context, [unsupported.replace(/\.$/, '')]);
  if (wish === 'auto' && options.background !== false && (await mustBeTried(settings, wish))) {
    return chooseWhileTrying(weights, context);
  }
  const found = await findTensorRt(settings, wish, options.signal);
  if (!found.usable) return chooseCpu(weights, context, notFound(wish, found));
  return chooseTensorRt(weights, found.usable, found.cacheFolder, context);
}

/** Which engine and precision answer, and why: the settings' wish, what the machine has, what the model allows. */
import { t } from '../l10n.js';
import type { ModelWeights } from '../model/weights.js';
import type { SidecarSettings } from '../protocol.js';
import type { Engine } from './engine.js';

/** F1 points that the faster precision may lose and still be chosen by itself. */
export const maxF1Loss = 0.3;

export interface Choice {
  engine: Engine;
  /** One sentence for each decision. */
  reasons: string[];
}

/** Creates the engine that the settings and the machine allow. @throws AskBertError what the engine throws */
export async function chooseEngine(
  weights: ModelWeights,
  settings: Pick<SidecarSettings, 'engine' | 'precision' | 'threads'>,
): Promise<Choice> {
  const { CpuEngine } = await import('./cpu/cpu-engine.js');
  const { int8IsExact, loadOnnxRuntime } = await import('./cpu/runtime.js');
  const wish = settings.precision ?? 'auto';
  const loss = weights.config.int8F1Loss;
  let precision: 'fp32' | 'int8' = 'fp32';
  let reason: string;
  if (wish !== 'auto') {
    precision = wish;
    reason = t('{0} by the settings', wish);
  } else if (loss === undefined) {
    reason = t('fp32: this model does not state what 8-bit arithmetic would cost it');
  } else if (loss >= maxF1Loss) {
    reason = t('fp32: 8-bit arithmetic costs this model {0} F1', loss);
  } else if (await int8IsExact(loadOnnxRuntime())) {
    precision = 'int8';
    reason = t('int8: exact on this processor, and it costs this model {0} F1', loss);
  } else {
    reason = t('fp32: this processor adds 8-bit products inexactly');
  }
  const engine = await CpuEngine.create(weights, { precision, threads: settings.threads ?? 0 });
  const engineReason = settings.engine === 'cpu' ? t('cpu by the settings') : t('cpu: the only engine of this version');
  return { engine, reasons: [engineReason, reason] };
}

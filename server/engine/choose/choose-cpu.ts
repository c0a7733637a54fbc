/** The CPU engine: in 8 bits where they are exact and wanted, else in FP32. */
import { AskBertError, asAskBertError } from '../../errors.js';
import { t } from '../../l10n.js';
import type { ModelConfig } from '../../model/config.js';
import { ModelWeights } from '../../model/weights.js';
import { onnxRuntimeVersion } from '../check/admission.js';
import { CheckFailed } from '../check/check.js';
import { threadsOf } from '../cpu/threads.js';
import type { Choice, Context } from './choice.js';
import { cpuPrecision } from './precision.js';

/** The CPU engine after the weights opened for another engine have been closed. */
export async function cpuAnew(config: ModelConfig, context: Context, reasons: readonly string[] = []): Promise<Choice> {
  const weights = new ModelWeights(config);
  try {
    // The signal of the load belongs to a question that has ended.
    return await chooseCpu(weights, { ...context, signal: undefined }, reasons);
  } finally {
    weights.close();
  }
}

/** The CPU engine in the requested precision; in FP32 if that is refused. */
export async function chooseCpu(weights: ModelWeights, context: Context, reasons: readonly string[]): Promise<Choice> {
  const { settings, admission, signal } = context;
  const { precision, reason, unmet } = cpuPrecision(weights.config, settings.precision ?? 'auto');
  const threads = settings.threads ?? 0;
  const said = [...reasons, reason, ...fewerThreads(threads)];
  if (precision === 'int8') {
    try {
      const engine = await admission.cpu(weights, { precision, threads }, signal);
      return { engine, reasons: [...said, ...admission.takeNotes()] };
    } catch (e) {
      const error = asAskBertError(e);
      if (error.code !== 'EngineBuild') throw error;
      said.push(`fp32: ${error.message}`);
      context.onRefused?.(`${error.message} ${t('{0} answers instead.', 'fp32')}`);
    }
  }
  try {
    const engine = await admission.cpu(weights, { precision: 'fp32', threads }, signal);
    return { engine, reasons: [...said, ...admission.takeNotes()], unmet };
  } catch (e) {
    throw e instanceof CheckFailed ? noEngine(weights.config, e) : e;
  }
}

function noEngine({ name }: ModelConfig, cause: CheckFailed): AskBertError {
  return new AskBertError(
    'EngineBuild',
    t(
      'The model {0} cannot be used: no engine here gives the logits that its weights define; the last one tried was ONNX Runtime {1}. {2}',
      name,
      onnxRuntimeVersion() ?? '?',
      cause.message,
    ),
    t(
      'Install Ask BERT again, and copy or download the model folder again. After `ask-bert engines clear`, engines that were refused before are tried again.',
    ),
    { cause },
  );
}

/** Why not as many threads are used as the settings ask for. */
function fewerThreads(wish: number): string[] {
  const threads = threadsOf(wish);
  if (wish <= threads) return [];
  return [t('threads: {0} instead of {1}, since this machine runs no more at once', threads, wish)];
}

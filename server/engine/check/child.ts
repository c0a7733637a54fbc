/** Entry point of the process that checks an engine after an earlier check crashed. */
import { readModelConfig } from '../../model/config.js';
import { ModelWeights } from '../../model/weights.js';
import { CpuEngine } from '../cpu/cpu-engine.js';
import type { Engine } from '../engine.js';
import { TensorRtEngine } from '../tensorrt/tensorrt-engine.js';
import { checkEngine } from './check.js';
import type { CheckOrder, EngineOrder } from './child-messages.js';

process.on('message', (order: CheckOrder) => {
  const reply = () => process.send?.('done');
  // A failure here also occurs in the parent, which reports it.
  void check(order).then(reply, reply);
});
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

async function check({ modelFolder, golden, engine }: CheckOrder): Promise<void> {
  const weights = new ModelWeights(readModelConfig(modelFolder));
  const made = await make(weights, engine);
  await checkEngine(made, golden, { maxLength: weights.config.maxSequenceLength });
}

function make(weights: ModelWeights, order: EngineOrder): Promise<Engine> {
  if (order.name === 'cpu') return CpuEngine.create(weights, order);
  return TensorRtEngine.create(weights, order.usable, { ...order.options, cachedOnly: true });
}

/** Engines that count what they do: that of the CPU does not by itself. */
import { BatchingEngine } from '../engine/batching.js';
import { type EngineMakers, realMakers } from '../engine/check/admission.js';

export const meteredMakers: EngineMakers = {
  ...realMakers,
  cpu: async (weights, options) => new BatchingEngine(await realMakers.cpu(weights, options)),
};

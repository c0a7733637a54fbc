// Adds the weights to a stripped plan.
#pragma once

#include <NvInfer.h>

#include "logger.h"
#include "network.h"
#include "weights.h"

namespace askbert {

// weights: those that the plan was built from, as passed to the builder; they may be freed afterwards.
// Throws Failure EngineRun with TensorRT's own words, or naming what the engine requires and the model lacks;
// BadRequest for weights that do not fit the configuration.
void refitEngine(nvinfer1::ICudaEngine& engine, BertConfig const& config, Weights& weights, Logger& logger);

}  // namespace askbert

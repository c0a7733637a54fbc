// Gives a stripped plan its weights back.
#pragma once

#include <NvInfer.h>

#include "logger.h"
#include "network.h"
#include "weights.h"

namespace askbert {

// weights: those that the plan was built from, as they were given to the builder; they may go afterwards.
// Throws Failure EngineRun with TensorRT's own words, or naming what the engine asks for and the model has not;
// BadRequest for weights that do not fit the configuration.
void refitEngine(nvinfer1::ICudaEngine& engine, BertConfig const& config, Weights& weights, Logger& logger);

}  // namespace askbert

#include "refit.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "constants.h"
#include "failure.h"
#include "library.h"

namespace askbert {

void refitEngine(nvinfer1::ICudaEngine& engine, BertConfig const& config, Weights& weights, Logger& logger) {
  prepareConstants(config, weights);
  auto refitter = TensorRt::current().createRefitter(engine, logger);
  auto fail = [&](std::string const& what) {
    std::string const why = logger.takeErrors();
    return Failure(FailureCode::EngineRun, what + (why.empty() ? "" : ": " + why));
  };
  refitter->setMaxThreads(static_cast<int32_t>(std::max(1u, std::min(8u, std::thread::hardware_concurrency()))));
  int32_t const count = refitter->getAll(0, nullptr, nullptr);
  std::vector<char const*> names(static_cast<size_t>(count));
  std::vector<nvinfer1::WeightsRole> roles(names.size());
  refitter->getAll(count, names.data(), roles.data());
  for (size_t i = 0; i < names.size(); i++) {
    std::string const name = names[i];
    Tensor const* tensor = roles[i] == nvinfer1::WeightsRole::kCONSTANT ? weights.find(name) : nullptr;
    if (!tensor) throw fail("the engine asks for the weights of " + name + ", which the model has not");
    if (!refitter->setWeights(names[i], roles[i], tensor->weights())) throw fail("TensorRT refuses the weights of " + name);
  }
  if (!refitter->refitCudaEngine()) throw fail("TensorRT does not take the weights");
}

}  // namespace askbert

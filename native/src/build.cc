#include "build.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "cuda.h"
#include "failure.h"
#include "library.h"
#include "logger.h"

namespace askbert {

using nvinfer1::Dims;
using nvinfer1::OptProfileSelector;

namespace {

// TensorRT reports nested phases, each with a number of steps. The reported progress is that of the root phase,
// refined by the deepest phase inside its current step.
class ProgressMonitor final : public nvinfer1::IProgressMonitor {
 public:
  ProgressMonitor(std::atomic<bool> const& cancelled, OnBuildProgress const& onProgress)
      : cancelled_(cancelled), onProgress_(onProgress) {}

  void phaseStart(char const* name, char const* parent, int32_t steps) noexcept override {
    try {
      std::lock_guard<std::mutex> lock(mutex_);
      phases_[name] = {parent ? parent : "", std::max(steps, 1), 0};
      report(name);
    } catch (...) {
      // An error in reporting progress must not fail the build.
    }
  }

  // False ends the build.
  bool stepComplete(char const* name, int32_t step) noexcept override {
    if (cancelled_) return false;
    try {
      std::lock_guard<std::mutex> lock(mutex_);
      auto const found = phases_.find(name);
      if (found != phases_.end()) found->second.done = step + 1;
      report(name);
    } catch (...) {
      // As above.
    }
    return true;
  }

  void phaseFinish(char const* name) noexcept override {
    try {
      std::lock_guard<std::mutex> lock(mutex_);
      phases_.erase(name);
    } catch (...) {
      // As above.
    }
  }

 private:
  struct Phase {
    std::string parent;
    int32_t steps;
    int32_t done;
  };

  void report(std::string const& name) {
    double inside = 0;
    std::string at = name;
    // A library that names a phase as its own ancestor must not cause an endless loop.
    for (int depth = 0; depth < 16; depth++) {
      auto const found = phases_.find(at);
      if (found == phases_.end()) break;
      inside = std::min(1.0, (found->second.done + inside) / found->second.steps);
      at = found->second.parent;
    }
    // Some versions report several roots in sequence: never go back.
    done_ = std::max(done_, std::min(inside, 1.0));
    onProgress_(name, done_);
  }

  std::atomic<bool> const& cancelled_;
  OnBuildProgress const& onProgress_;
  std::mutex mutex_;
  std::map<std::string, Phase> phases_;
  double done_ = 0;
};

// One profile for each bucket, of one fixed shape: TensorRT then chooses its kernels for exactly that shape.
void addProfiles(nvinfer1::IBuilder& builder, nvinfer1::IBuilderConfig& config, std::vector<Bucket> const& buckets) {
  for (Bucket const& bucket : buckets) {
    auto* profile = builder.createOptimizationProfile();
    bool good = profile != nullptr;
    for (auto select : {OptProfileSelector::kMIN, OptProfileSelector::kOPT, OptProfileSelector::kMAX}) {
      good = good && profile->setDimensions("input_ids", select, dimsOf({bucket.batch, bucket.length})) &&
             profile->setDimensions("segment_ids", select, dimsOf({bucket.batch, bucket.length})) &&
             profile->setDimensions("lengths", select, dimsOf({bucket.batch}));
    }
    if (!good || config.addOptimizationProfile(profile) < 0) {
      throw Failure(FailureCode::EngineBuild,
                    "TensorRT refuses the profile " + std::to_string(bucket.batch) + " x " + std::to_string(bucket.length));
    }
  }
}

std::vector<unsigned char> copyOf(nvinfer1::IHostMemory* memory) {
  if (!memory) return {};
  auto const* first = static_cast<unsigned char const*>(memory->data());
  return std::vector<unsigned char>(first, first + memory->size());
}

TensorInfo infoOf(nvinfer1::ITensor& tensor) {
  TensorInfo info;
  info.name = tensor.getName();
  info.type = tensor.getType() == nvinfer1::DataType::kINT32   ? "int32"
              : tensor.getType() == nvinfer1::DataType::kFLOAT ? "fp32"
                                                               : "other";
  Dims const shape = tensor.getDimensions();
  for (int32_t i = 0; i < shape.nbDims; i++) info.shape.push_back(shape.d[i]);
  return info;
}

}  // namespace

BuildResult buildEngine(BuildRequest const& request, Weights& weights, std::atomic<bool> const& cancelled,
                        OnBuildProgress const& onProgress) {
  if (request.buckets.empty()) throw Failure(FailureCode::BadRequest, "no bucket was given");
  if (cancelled) throw Failure(FailureCode::Cancelled, "the build was cancelled");
  if (request.device >= 0) CudaDriver::current().useDevice(request.device);
  TensorRt& library = TensorRt::current();

  Logger logger;
  ProgressMonitor monitor(cancelled, onProgress);
  auto builder = library.createBuilder(logger, request.device);
  std::unique_ptr<nvinfer1::INetworkDefinition> network(
      builder->createNetworkV2(1u << static_cast<uint32_t>(nvinfer1::NetworkDefinitionCreationFlag::kSTRONGLY_TYPED)));
  std::unique_ptr<nvinfer1::IBuilderConfig> config(builder->createBuilderConfig());
  if (!network || !config) throw Failure(FailureCode::EngineBuild, "TensorRT makes no network: " + logger.takeErrors());

  BuildResult result;
  try {
    result.attention = addBert(*network, request.config, weights, library.version());
    addProfiles(*builder, *config, request.buckets);
  } catch (Failure const& failure) {
    std::string const why = logger.takeErrors();
    throw Failure(failure.code, why.empty() ? failure.what() : failure.what() + (": " + why));
  }
  result.networkLayers = network->getNbLayers();
  result.profiles = config->getNbOptimizationProfiles();
  for (int32_t i = 0; i < network->getNbInputs(); i++) result.inputs.push_back(infoOf(*network->getInput(i)));
  for (int32_t i = 0; i < network->getNbOutputs(); i++) result.outputs.push_back(infoOf(*network->getOutput(i)));

  config->setProgressMonitor(&monitor);
  // FP32 means FP32: TF32 has ten bits of mantissa.
  config->clearFlag(nvinfer1::BuilderFlag::kTF32);
  if (request.strip) {
    config->setFlag(nvinfer1::BuilderFlag::kSTRIP_PLAN);
    // Refitting uses the same weights as the build, so no speed is lost.
    config->setFlag(nvinfer1::BuilderFlag::kREFIT_IDENTICAL);
  }
  if (request.workspaceBytes) {
    config->setMemoryPoolLimit(nvinfer1::MemoryPoolType::kWORKSPACE, static_cast<size_t>(request.workspaceBytes));
  }
  if (request.optimizationLevel >= 0) config->setBuilderOptimizationLevel(request.optimizationLevel);
#if !ASKBERT_RTX
  // TensorRT-RTX measures nothing while it builds.
  std::unique_ptr<nvinfer1::ITimingCache> timing(
      config->createTimingCache(request.timingCache.data(), request.timingCache.size()));
  if (!timing) timing.reset(config->createTimingCache(nullptr, 0));
  if (timing) config->setTimingCache(*timing, false);
#endif

  std::unique_ptr<nvinfer1::IHostMemory> plan(builder->buildSerializedNetwork(*network, *config));
  if (cancelled) throw Failure(FailureCode::Cancelled, "the build was cancelled");
  if (!plan) {
    std::string const why = logger.takeErrors();
    throw Failure(isOutOfMemory(why) ? FailureCode::OutOfMemory : FailureCode::EngineBuild,
                  "TensorRT builds no engine: " + (why.empty() ? "no reason given" : why));
  }
  result.plan = copyOf(plan.get());
#if !ASKBERT_RTX
  if (timing) {
    std::unique_ptr<nvinfer1::IHostMemory> serialised(timing->serialize());
    result.timingCache = copyOf(serialised.get());
  }
#endif
  result.warnings = logger.takeWarnings();
  return result;
}

}  // namespace askbert

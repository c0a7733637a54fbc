#include "library.h"

#include <mutex>

#include "failure.h"

namespace askbert {

namespace {

std::mutex instanceMutex;
std::unique_ptr<TensorRt> instance;

std::string textOf(int version) {
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." + std::to_string(version % 100);
}

}  // namespace

TensorRt& TensorRt::open(std::string const& path) {
  std::lock_guard<std::mutex> lock(instanceMutex);
  if (!instance) {
    instance.reset(new TensorRt(path));
  } else if (instance->path() != path) {
    throw Failure(FailureCode::LibraryMissing,
                  "this process has loaded " + instance->path() + " already and cannot load " + path + " too");
  }
  return *instance;
}

TensorRt& TensorRt::current() {
  std::lock_guard<std::mutex> lock(instanceMutex);
  if (!instance) throw Failure(FailureCode::LibraryMissing, "no TensorRT library is loaded");
  return *instance;
}

TensorRt::TensorRt(std::string const& path) : library_(path) {
  int32_t (*getVersion)() = nullptr;
  library_.bind("getInferLibVersion", getVersion);
  library_.bind("createInferBuilder_INTERNAL", createBuilder_);
  library_.bind("createInferRuntime_INTERNAL", createRuntime_);
  library_.bind("createInferRefitter_INTERNAL", createRefitter_);
  version_ = getVersion();
  // Before 10.0 the number was major * 1000 + minor * 100 + patch.
  if (version_ / 10000 != kMajor) {
    std::string const found = version_ < 10000 ? std::to_string(version_) : textOf(version_);
    throw Failure(FailureCode::LibraryMissing, path + " is version " + found + ", expected " + std::to_string(kMajor) + ".x");
  }
  // TensorRT-RTX adopted the interface of TensorRT 11 within its major version.
  if (ASKBERT_RTX && version_ < 10500) {
    throw Failure(FailureCode::LibraryMissing, path + " is version " + textOf(version_) + ", expected 1.5 or newer");
  }
}

std::string TensorRt::versionText() const { return textOf(version_); }

// The library gets its own version, not that of the headers: a newer header works with an older library of the same
// major version as long as only existing functions are called (see network.cc).
std::unique_ptr<nvinfer1::IBuilder> TensorRt::createBuilder(Logger& logger, int device) const {
  // TensorRT 10 ends the whole process there instead of returning.
  if (!ASKBERT_RTX && device < 0) {
    throw Failure(FailureCode::LibraryMissing, "TensorRT " + versionText() + " makes no builder without a CUDA driver");
  }
  std::unique_ptr<nvinfer1::IBuilder> builder(static_cast<nvinfer1::IBuilder*>(createBuilder_(&logger, version_)));
  if (!builder) {
    std::string const why = logger.takeErrors();
    bool const missing = why.find("nable to load library") != std::string::npos;
    throw Failure(missing ? FailureCode::LibraryMissing : FailureCode::EngineBuild,
                  "TensorRT " + versionText() + " makes no builder: " + (why.empty() ? "no reason given" : why));
  }
  return builder;
}

std::unique_ptr<nvinfer1::IRuntime> TensorRt::createRuntime(Logger& logger) const {
  std::unique_ptr<nvinfer1::IRuntime> runtime(static_cast<nvinfer1::IRuntime*>(createRuntime_(&logger, version_)));
  if (!runtime) {
    std::string const why = logger.takeErrors();
    throw Failure(FailureCode::EngineRun,
                  "TensorRT " + versionText() + " makes no runtime: " + (why.empty() ? "no reason given" : why));
  }
  return runtime;
}

std::unique_ptr<nvinfer1::IRefitter> TensorRt::createRefitter(nvinfer1::ICudaEngine& engine, Logger& logger) const {
  std::unique_ptr<nvinfer1::IRefitter> refitter(static_cast<nvinfer1::IRefitter*>(createRefitter_(&engine, &logger, version_)));
  if (!refitter) {
    std::string const why = logger.takeErrors();
    throw Failure(FailureCode::EngineRun,
                  "TensorRT " + versionText() + " makes no refitter: " + (why.empty() ? "no reason given" : why));
  }
  return refitter;
}

}  // namespace askbert

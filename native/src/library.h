// TensorRT's (or TensorRT-RTX's) library, loaded at run time, and the objects that its three C functions create.
#pragma once

#include <NvInfer.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>

#include "dynamic.h"
#include "logger.h"

#define ASKBERT_TRT10 (ASKBERT_FLAVOUR_INDEX == 0)
#define ASKBERT_TRT11 (ASKBERT_FLAVOUR_INDEX == 1)
#define ASKBERT_RTX (ASKBERT_FLAVOUR_INDEX == 2)

namespace askbert {

class TensorRt {
 public:
  // Loads the library and checks its generation against the headers this add-on was compiled with.
  // Throws Failure LibraryMissing. One library per process: a second path is refused.
  static TensorRt& open(std::string const& path);
  // The library that was opened. Throws Failure LibraryMissing before that.
  static TensorRt& current();

  // major * 10000 + minor * 100 + patch (TensorRT 10 and later).
  int version() const noexcept { return version_; }
  std::string const& path() const noexcept { return library_.path(); }
  // "10.6.0"
  std::string versionText() const;

  // device: the one that was made current, or -1. Throws Failure EngineBuild with TensorRT's own message,
  // LibraryMissing when a part of the library, or the driver that it needs, is missing.
  std::unique_ptr<nvinfer1::IBuilder> createBuilder(Logger& logger, int device) const;
  // Throws Failure EngineRun with TensorRT's own message.
  std::unique_ptr<nvinfer1::IRuntime> createRuntime(Logger& logger) const;
  // Throws Failure EngineRun with TensorRT's own message.
  std::unique_ptr<nvinfer1::IRefitter> createRefitter(nvinfer1::ICudaEngine& engine, Logger& logger) const;

 private:
  explicit TensorRt(std::string const& path);

  DynamicLibrary library_;
  int version_ = 0;
  void* (*createBuilder_)(void*, int32_t) = nullptr;
  void* (*createRuntime_)(void*, int32_t) = nullptr;
  void* (*createRefitter_)(void*, void*, int32_t) = nullptr;
};

inline nvinfer1::Dims dimsOf(std::initializer_list<int64_t> sizes) {
  nvinfer1::Dims dims;
  dims.nbDims = static_cast<int32_t>(sizes.size());
  std::copy(sizes.begin(), sizes.end(), dims.d);
  return dims;
}

// The only major version that this flavour supports.
constexpr int kMajor = NV_TENSORRT_MAJOR;

}  // namespace askbert

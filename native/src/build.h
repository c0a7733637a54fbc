// Builds a serialised engine ("plan") from configuration and weights, with progress and cancel.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "network.h"
#include "weights.h"

namespace askbert {

// One shape that the engine is built for: rows of a batch, pieces of a row.
struct Bucket {
  int64_t batch = 0;
  int64_t length = 0;
};

struct BuildRequest {
  BertConfig config;
  std::vector<Bucket> buckets;
  // Workspace that a tactic may use, bytes; 0: TensorRT's own default.
  uint64_t workspaceBytes = 0;
  // 0..5; -1: TensorRT's own default.
  int32_t optimizationLevel = -1;
  // A plan without weights: small, refitted when it is loaded (Engine).
  bool strip = false;
  // From an earlier build; ignored if it does not fit this machine.
  std::vector<unsigned char> timingCache;
  // The device to build for; -1: build without any (TensorRT-RTX can).
  int device = -1;
};

// An input or output of the network; -1 in its shape: depends on the profile.
struct TensorInfo {
  std::string name;
  std::string type;
  std::vector<int64_t> shape;
};

struct BuildResult {
  std::vector<unsigned char> plan;
  std::vector<unsigned char> timingCache;
  int32_t networkLayers = 0;
  int32_t profiles = 0;
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;
  bool attention = false;
  std::vector<std::string> warnings;
};

// Current phase and overall progress, 0..1. Called on TensorRT's threads.
using OnBuildProgress = std::function<void(std::string const& phase, double done)>;

// Throws Failure. `cancelled` is checked between any two steps of the builder.
BuildResult buildEngine(BuildRequest const& request, Weights& weights, std::atomic<bool> const& cancelled,
                        OnBuildProgress const& onProgress);

}  // namespace askbert

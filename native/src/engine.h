// A deserialised engine with everything needed to run: launches that may overlap, each with a stream, page-locked
// buffers, and for each bucket an execution context and a CUDA graph.
#pragma once

#include <NvInfer.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "build.h"
#include "cuda.h"
#include "logger.h"
#include "network.h"
#include "weights.h"

namespace askbert {

// Unpadded rows of a batch, [count, length] each, [count] lengths.
struct Batch {
  int64_t count = 0;
  int64_t length = 0;
  int32_t const* inputIds = nullptr;
  int32_t const* segmentIds = nullptr;
  int32_t const* lengths = nullptr;
};

struct BucketState {
  Bucket shape;
  // Device memory that a run needs besides the weights, bytes.
  int64_t activationBytes = 0;
  // False: the device had too little memory for it.
  bool usable = false;
};

// What a stripped plan was built from.
struct RefitSource {
  BertConfig config;
  Weights weights;
};

class Engine {
 public:
  // Loads a plan on a device; source: for a stripped plan, null for a complete one. Throws Failure LibraryMissing (no
  // driver), EngineRun (a plan or weights that do not fit), OutOfMemory (not even the smallest bucket fits).
  Engine(void const* plan, size_t planBytes, int device, RefitSource* source);
  ~Engine();
  Engine(Engine const&) = delete;
  Engine& operator=(Engine const&) = delete;

  std::vector<BucketState> const& buckets() const noexcept { return states_; }
  int32_t layers() const noexcept { return layers_; }

  // Launches that may overlap: while one runs, the next is copied. Each is used by one thread at a time.
  size_t launches() const noexcept { return launches_.size(); }

  // Copies a batch into the page-locked input of a launch, padded to the shape of the bucket. Cheap: on the caller's
  // thread. Throws Failure BadRequest when the batch does not fit the bucket.
  void fill(size_t launch, size_t bucket, Batch const& batch);
  // Runs the filled batch: copy, kernels, copy back. graph: through a CUDA graph, captured at the first run.
  void run(size_t launch, size_t bucket, bool graph);
  // Logits of the first rows of the last run, [count, length] each.
  void read(size_t launch, size_t bucket, Batch const& batch, float* start, float* end) const;

  // Milliseconds of the kernels alone, between CUDA events around each run of the first launch, after warm-up runs.
  std::vector<float> measure(size_t bucket, bool graph, int warmUps, int runs);

 private:
  struct Ready {
    std::unique_ptr<nvinfer1::IExecutionContext> context;
    std::unique_ptr<Graph> graph;
  };

  struct Launch {
    Stream stream;
    DeviceMemory activations;
    DeviceMemory device;
    std::unique_ptr<PinnedMemory> host;
    std::vector<Ready> ready;
  };

  void readBuckets();
  void allocate();
  // Memory for a launch of the bucket with the largest activations. Throws Failure OutOfMemory.
  std::unique_ptr<Launch> makeLaunch(int64_t activationBytes) const;
  Ready& ready(Launch& launch, size_t bucket);
  void enqueue(Launch& launch, Ready& ready);
  void capture(Launch& launch, Ready& ready);
  void start(Launch& launch, Ready& ready, bool graph);
  [[noreturn]] void fail(FailureCode code, std::string const& what);
  BucketState const& usable(size_t bucket) const;

  int const device_;
  Logger logger_;
  std::unique_ptr<nvinfer1::IRuntime> runtime_;
  std::unique_ptr<nvinfer1::ICudaEngine> engine_;
  std::vector<BucketState> states_;
  int32_t layers_ = 0;
  // Contexts are made and graphs captured by one thread at a time.
  std::mutex preparing_;
  std::vector<std::unique_ptr<Launch>> launches_;
};

}  // namespace askbert

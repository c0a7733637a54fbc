#include "engine.h"

#include <algorithm>
#include <cstring>

#include "failure.h"
#include "library.h"
#include "refit.h"

namespace askbert {

using nvinfer1::Dims;

namespace {

constexpr int kCaptureRelaxed = 2;

constexpr size_t kLaunches = 2;
// A further launch must leave most of the memory that is free to other programs.
constexpr size_t kShareOfFree = 8;

// Offsets in the buffers of a bucket; the inputs are contiguous and so are the outputs, so that each needs one copy.
struct Layout {
  explicit Layout(Bucket const& bucket) {
    size_t const cells = static_cast<size_t>(bucket.batch * bucket.length);
    segmentIds = aligned(cells * sizeof(int32_t));
    lengths = segmentIds + aligned(cells * sizeof(int32_t));
    inputBytes = lengths + aligned(static_cast<size_t>(bucket.batch) * sizeof(int32_t));
    start = inputBytes;
    end = start + aligned(cells * sizeof(float));
    bytes = end + aligned(cells * sizeof(float));
  }
  // TensorRT requires addresses aligned to 256.
  static size_t aligned(size_t n) { return (n + 255) / 256 * 256; }

  size_t inputIds = 0;
  size_t segmentIds = 0;
  size_t lengths = 0;
  size_t inputBytes = 0;
  size_t start = 0;
  size_t end = 0;
  size_t bytes = 0;
};

}  // namespace

Engine::Engine(void const* plan, size_t planBytes, int device, RefitSource* source) : device_(device) {
  CudaDriver::current().useDevice(device_);
  runtime_ = TensorRt::current().createRuntime(logger_);
  engine_.reset(runtime_->deserializeCudaEngine(plan, planBytes));
  if (!engine_) fail(FailureCode::EngineRun, "TensorRT does not load the engine");
  if (source) refitEngine(*engine_, source->config, source->weights, logger_);
  layers_ = engine_->getNbLayers();
  readBuckets();
  allocate();
}

Engine::~Engine() {
  try {
    CudaDriver::current().useDevice(device_);
    for (auto const& launch : launches_) launch->stream.synchronize();
  } catch (Failure const&) {
    // A lost device has nothing left to wait for.
  }
}

void Engine::readBuckets() {
  for (char const* name : {"input_ids", "segment_ids", "lengths", "start", "end"}) {
    if (engine_->getTensorIOMode(name) == nvinfer1::TensorIOMode::kNONE) {
      throw Failure(FailureCode::EngineRun, std::string("the engine has no tensor ") + name);
    }
  }
  for (int32_t i = 0; i < engine_->getNbOptimizationProfiles(); i++) {
    Dims const shape = engine_->getProfileShape("input_ids", i, nvinfer1::OptProfileSelector::kMAX);
    if (shape.nbDims != 2) throw Failure(FailureCode::EngineRun, "the engine has a profile of another shape");
    BucketState state;
    state.shape = {shape.d[0], shape.d[1]};
    state.activationBytes = engine_->getDeviceMemorySizeForProfileV2(i);
    states_.push_back(state);
  }
}

// Memory for the largest bucket that fits on the device; shared by all buckets of a launch, since they run one by one.
void Engine::allocate() {
  std::vector<size_t> order(states_.size());
  for (size_t i = 0; i < order.size(); i++) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return states_[a].activationBytes > states_[b].activationBytes; });
  for (size_t place = 0; launches_.empty(); place++) {
    try {
      launches_.push_back(makeLaunch(states_[order[place]].activationBytes));
    } catch (Failure const& failure) {
      if (failure.code != FailureCode::OutOfMemory || place + 1 == order.size()) throw;
      continue;
    }
    for (size_t fits = place; fits < order.size(); fits++) states_[order[fits]].usable = true;
  }
  Launch const& first = *launches_.front();
  while (launches_.size() < kLaunches) {
    size_t free = 0;
    size_t total = 0;
    auto& cuda = CudaDriver::current();
    cuda.check(cuda.memGetInfo(&free, &total), "cuMemGetInfo");
    if (first.activations.bytes() + first.device.bytes() > free / kShareOfFree) return;
    try {
      launches_.push_back(makeLaunch(static_cast<int64_t>(first.activations.bytes())));
    } catch (Failure const& failure) {
      if (failure.code != FailureCode::OutOfMemory) throw;
      return;
    }
  }
}

std::unique_ptr<Engine::Launch> Engine::makeLaunch(int64_t activationBytes) const {
  auto launch = std::make_unique<Launch>();
  size_t buffer = 0;
  for (auto const& state : states_) buffer = std::max(buffer, Layout(state.shape).bytes);
  launch->device = DeviceMemory(buffer);
  launch->host = std::make_unique<PinnedMemory>(buffer);
  // Never empty: TensorRT requires an address.
  launch->activations = DeviceMemory(std::max<size_t>(256, static_cast<size_t>(activationBytes)));
  launch->ready.resize(states_.size());
  return launch;
}

void Engine::fail(FailureCode code, std::string const& what) {
  std::string const why = logger_.takeErrors();
  throw Failure(isOutOfMemory(why) ? FailureCode::OutOfMemory : code, what + ": " + (why.empty() ? "no reason given" : why));
}

BucketState const& Engine::usable(size_t bucket) const {
  if (bucket >= states_.size() || !states_[bucket].usable) {
    throw Failure(FailureCode::BadRequest, "the engine has no usable bucket " + std::to_string(bucket));
  }
  return states_[bucket];
}

void Engine::fill(size_t launch, size_t bucket, Batch const& batch) {
  Bucket const& shape = usable(bucket).shape;
  if (batch.count < 1 || batch.count > shape.batch || batch.length < 1 || batch.length > shape.length) {
    throw Failure(FailureCode::BadRequest, "a batch of " + std::to_string(batch.count) + " x " + std::to_string(batch.length) +
                                               " does not fit the bucket " + std::to_string(shape.batch) + " x " +
                                               std::to_string(shape.length));
  }
  Layout const at(shape);
  PinnedMemory const& host = *launches_[launch]->host;
  auto* ids = host.at<int32_t>(at.inputIds);
  auto* segments = host.at<int32_t>(at.segmentIds);
  auto* lengths = host.at<int32_t>(at.lengths);
  std::memset(host.at<unsigned char>(0), 0, at.inputBytes);
  size_t const rowBytes = static_cast<size_t>(batch.length) * sizeof(int32_t);
  for (int64_t row = 0; row < batch.count; row++) {
    std::memcpy(ids + row * shape.length, batch.inputIds + row * batch.length, rowBytes);
    std::memcpy(segments + row * shape.length, batch.segmentIds + row * batch.length, rowBytes);
  }
  // An empty row would have a softmax over nothing: rows of padding are one piece long.
  for (int64_t row = 0; row < shape.batch; row++) {
    int32_t const given = row < batch.count ? batch.lengths[row] : 1;
    lengths[row] = std::max<int32_t>(1, std::min<int32_t>(given, static_cast<int32_t>(batch.length)));
  }
}

Engine::Ready& Engine::ready(Launch& launch, size_t bucket) {
  Bucket const& shape = usable(bucket).shape;
  Ready& ready = launch.ready[bucket];
  if (ready.context) return ready;
  std::lock_guard<std::mutex> lock(preparing_);
  Layout const at(shape);
  std::unique_ptr<nvinfer1::IExecutionContext> context(
      engine_->createExecutionContext(nvinfer1::ExecutionContextAllocationStrategy::kUSER_MANAGED));
  if (!context) fail(FailureCode::EngineRun, "TensorRT makes no execution context");
  auto* stream = reinterpret_cast<cudaStream_t>(launch.stream.get());
  bool const good = context->setOptimizationProfileAsync(static_cast<int32_t>(bucket), stream) &&
                    context->setInputShape("input_ids", dimsOf({shape.batch, shape.length})) &&
                    context->setInputShape("segment_ids", dimsOf({shape.batch, shape.length})) &&
                    context->setInputShape("lengths", dimsOf({shape.batch})) &&
                    context->setTensorAddress("input_ids", launch.device.pointer(at.inputIds)) &&
                    context->setTensorAddress("segment_ids", launch.device.pointer(at.segmentIds)) &&
                    context->setTensorAddress("lengths", launch.device.pointer(at.lengths)) &&
                    context->setTensorAddress("start", launch.device.pointer(at.start)) &&
                    context->setTensorAddress("end", launch.device.pointer(at.end));
  if (!good) fail(FailureCode::EngineRun, "TensorRT refuses the shapes of a bucket");
  context->setDeviceMemoryV2(launch.activations.pointer(), static_cast<int64_t>(launch.activations.bytes()));
  launch.stream.synchronize();
  ready.context = std::move(context);
  return ready;
}

void Engine::enqueue(Launch& launch, Ready& ready) {
  if (!ready.context->enqueueV3(reinterpret_cast<cudaStream_t>(launch.stream.get()))) {
    fail(FailureCode::EngineRun, "TensorRT does not run the engine");
  }
}

// The first run outside a capture lets TensorRT finish lazy initialisation.
void Engine::capture(Launch& launch, Ready& ready) {
  std::lock_guard<std::mutex> lock(preparing_);
  auto& cuda = CudaDriver::current();
  enqueue(launch, ready);
  launch.stream.synchronize();
  cuda.check(cuda.streamBeginCapture(launch.stream.get(), kCaptureRelaxed), "cuStreamBeginCapture");
  bool const enqueued = ready.context->enqueueV3(reinterpret_cast<cudaStream_t>(launch.stream.get()));
  CuGraph captured = nullptr;
  // The stream must leave the capture in any case.
  CuResult const ended = cuda.streamEndCapture(launch.stream.get(), &captured);
  if (!enqueued) {
    if (captured) cuda.graphDestroy(captured);
    fail(FailureCode::EngineRun, "TensorRT does not run the engine inside a CUDA graph");
  }
  cuda.check(ended, "cuStreamEndCapture");
  ready.graph = std::make_unique<Graph>(captured);
}

void Engine::start(Launch& launch, Ready& ready, bool graph) {
  if (!graph) return enqueue(launch, ready);
  if (!ready.graph) capture(launch, ready);
  ready.graph->launch(launch.stream);
}

void Engine::run(size_t index, size_t bucket, bool graph) {
  auto& cuda = CudaDriver::current();
  cuda.useDevice(device_);
  Launch& launch = *launches_[index];
  Ready& prepared = ready(launch, bucket);
  Layout const at(states_[bucket].shape);
  cuda.check(cuda.memcpyHtoDAsync(launch.device.address(), launch.host->at<void>(0), at.inputBytes, launch.stream.get()),
             "cuMemcpyHtoDAsync");
  start(launch, prepared, graph);
  cuda.check(cuda.memcpyDtoHAsync(launch.host->at<void>(at.start), launch.device.address() + at.start, at.bytes - at.start,
                                  launch.stream.get()),
             "cuMemcpyDtoHAsync");
  launch.stream.synchronize();
}

void Engine::read(size_t launch, size_t bucket, Batch const& batch, float* start, float* end) const {
  Bucket const& shape = states_[bucket].shape;
  Layout const at(shape);
  PinnedMemory const& host = *launches_[launch]->host;
  size_t const rowBytes = static_cast<size_t>(batch.length) * sizeof(float);
  for (int64_t row = 0; row < batch.count; row++) {
    std::memcpy(start + row * batch.length, host.at<float>(at.start) + row * shape.length, rowBytes);
    std::memcpy(end + row * batch.length, host.at<float>(at.end) + row * shape.length, rowBytes);
  }
}

std::vector<float> Engine::measure(size_t bucket, bool graph, int warmUps, int runs) {
  auto& cuda = CudaDriver::current();
  cuda.useDevice(device_);
  Launch& launch = *launches_.front();
  Ready& prepared = ready(launch, bucket);
  for (int i = 0; i < warmUps; i++) start(launch, prepared, graph);
  launch.stream.synchronize();
  Event before;
  Event after;
  std::vector<float> out(static_cast<size_t>(std::max(runs, 0)));
  for (float& milliseconds : out) {
    cuda.check(cuda.eventRecord(before.get(), launch.stream.get()), "cuEventRecord");
    start(launch, prepared, graph);
    cuda.check(cuda.eventRecord(after.get(), launch.stream.get()), "cuEventRecord");
    cuda.check(cuda.eventSynchronize(after.get()), "cuEventSynchronize");
    cuda.check(cuda.eventElapsedTime(&milliseconds, before.get(), after.get()), "cuEventElapsedTime");
  }
  return out;
}

}  // namespace askbert

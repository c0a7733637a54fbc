#include "cuda.h"

#include <mutex>

namespace askbert {

namespace {

// Values of CUresult and of the queried attributes.
constexpr CuResult kSuccess = 0;
constexpr CuResult kOutOfMemory = 2;
constexpr CuResult kNoDevice = 100;
constexpr int kComputeCapabilityMajor = 75;
constexpr int kComputeCapabilityMinor = 76;
constexpr unsigned kStreamNonBlocking = 1;

std::mutex driverMutex;
std::unique_ptr<CudaDriver> driver;

}  // namespace

CudaDriver& CudaDriver::open(std::string const& path) {
  std::lock_guard<std::mutex> lock(driverMutex);
  if (!driver) driver.reset(new CudaDriver(path));
  return *driver;
}

CudaDriver& CudaDriver::current() {
  std::lock_guard<std::mutex> lock(driverMutex);
  if (!driver) throw Failure(FailureCode::LibraryMissing, "no CUDA driver is loaded");
  return *driver;
}

CudaDriver::CudaDriver(std::string const& path) : library_(path) {
  CuResult (*init)(unsigned) = nullptr;
  CuResult (*driverGetVersion)(int*) = nullptr;
  CuResult (*deviceGetCount)(int*) = nullptr;
  CuResult (*deviceGet)(CuDevice*, int) = nullptr;
  CuResult (*deviceGetName)(char*, int, CuDevice) = nullptr;
  CuResult (*deviceGetAttribute)(int*, int, CuDevice) = nullptr;
  CuResult (*deviceTotalMem)(size_t*, CuDevice) = nullptr;
  library_.bind("cuInit", init);
  library_.bind("cuDriverGetVersion", driverGetVersion);
  library_.bind("cuDeviceGetCount", deviceGetCount);
  library_.bind("cuDeviceGet", deviceGet);
  library_.bind("cuDeviceGetName", deviceGetName);
  library_.bind("cuDeviceGetAttribute", deviceGetAttribute);
  library_.bind("cuDeviceTotalMem_v2", deviceTotalMem);
  library_.bind("cuCtxSetCurrent", ctxSetCurrent_);
  library_.bind("cuDevicePrimaryCtxRetain", primaryCtxRetain_);
  library_.bind("cuGetErrorName", getErrorName_);
  library_.bind("cuMemAlloc_v2", memAlloc);
  library_.bind("cuMemFree_v2", memFree);
  library_.bind("cuMemHostAlloc", memHostAlloc);
  library_.bind("cuMemFreeHost", memFreeHost);
  library_.bind("cuMemGetInfo_v2", memGetInfo);
  library_.bind("cuMemcpyHtoDAsync_v2", memcpyHtoDAsync);
  library_.bind("cuMemcpyDtoHAsync_v2", memcpyDtoHAsync);
  library_.bind("cuStreamCreate", streamCreate);
  library_.bind("cuStreamDestroy_v2", streamDestroy);
  library_.bind("cuStreamSynchronize", streamSynchronize);
  library_.bind("cuStreamBeginCapture_v2", streamBeginCapture);
  library_.bind("cuStreamEndCapture", streamEndCapture);
  library_.bind("cuGraphInstantiateWithFlags", graphInstantiate);
  library_.bind("cuGraphLaunch", graphLaunch);
  library_.bind("cuGraphDestroy", graphDestroy);
  library_.bind("cuGraphExecDestroy", graphExecDestroy);
  library_.bind("cuEventCreate", eventCreate);
  library_.bind("cuEventDestroy_v2", eventDestroy);
  library_.bind("cuEventRecord", eventRecord);
  library_.bind("cuEventSynchronize", eventSynchronize);
  library_.bind("cuEventElapsedTime", eventElapsedTime);

  CuResult const started = init(0);
  if (started == kNoDevice) throw Failure(FailureCode::LibraryMissing, "the CUDA driver finds no NVIDIA GPU");
  if (started != kSuccess) {
    char const* name = nullptr;
    getErrorName_(started, &name);
    throw Failure(FailureCode::LibraryMissing,
                  std::string("the CUDA driver does not start: ") + (name ? name : std::to_string(started)));
  }
  check(driverGetVersion(&version_), "cuDriverGetVersion");
  int count = 0;
  check(deviceGetCount(&count), "cuDeviceGetCount");
  for (int i = 0; i < count; i++) {
    CuDevice device = 0;
    DeviceInfo info;
    char name[256] = "";
    size_t bytes = 0;
    check(deviceGet(&device, i), "cuDeviceGet");
    check(deviceGetName(name, sizeof(name), device), "cuDeviceGetName");
    check(deviceGetAttribute(&info.major, kComputeCapabilityMajor, device), "cuDeviceGetAttribute");
    check(deviceGetAttribute(&info.minor, kComputeCapabilityMinor, device), "cuDeviceGetAttribute");
    check(deviceTotalMem(&bytes, device), "cuDeviceTotalMem");
    info.ordinal = i;
    info.name = name;
    info.totalBytes = bytes;
    devices_.push_back(std::move(info));
  }
  if (devices_.empty()) throw Failure(FailureCode::LibraryMissing, "the CUDA driver finds no NVIDIA GPU");
  contexts_.resize(devices_.size(), nullptr);
}

void CudaDriver::check(CuResult result, char const* what) const {
  if (result == kSuccess) return;
  char const* name = nullptr;
  getErrorName_(result, &name);
  throw Failure(result == kOutOfMemory ? FailureCode::OutOfMemory : FailureCode::EngineRun,
                std::string(what) + ": " + (name ? name : std::to_string(result)));
}

void CudaDriver::useDevice(int ordinal) {
  std::lock_guard<std::mutex> lock(driverMutex);
  if (ordinal < 0 || static_cast<size_t>(ordinal) >= contexts_.size()) {
    throw Failure(FailureCode::BadRequest, "there is no CUDA device " + std::to_string(ordinal));
  }
  CuContext& context = contexts_[static_cast<size_t>(ordinal)];
  if (!context) check(primaryCtxRetain_(&context, ordinal), "cuDevicePrimaryCtxRetain");
  check(ctxSetCurrent_(context), "cuCtxSetCurrent");
}

DeviceMemory::DeviceMemory(size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  auto& cuda = CudaDriver::current();
  cuda.check(cuda.memAlloc(&address_, bytes), "cuMemAlloc");
}

// What cannot be freed at the end (after a lost device) is freed with its context.
DeviceMemory::~DeviceMemory() {
  if (address_) CudaDriver::current().memFree(address_);
}

PinnedMemory::PinnedMemory(size_t bytes) {
  auto& cuda = CudaDriver::current();
  cuda.check(cuda.memHostAlloc(&pointer_, bytes, 0), "cuMemHostAlloc");
}

PinnedMemory::~PinnedMemory() {
  if (pointer_) CudaDriver::current().memFreeHost(pointer_);
}

Stream::Stream() {
  auto& cuda = CudaDriver::current();
  cuda.check(cuda.streamCreate(&stream_, kStreamNonBlocking), "cuStreamCreate");
}

Stream::~Stream() {
  if (stream_) CudaDriver::current().streamDestroy(stream_);
}

void Stream::synchronize() const {
  auto& cuda = CudaDriver::current();
  cuda.check(cuda.streamSynchronize(stream_), "cuStreamSynchronize");
}

Event::Event() {
  auto& cuda = CudaDriver::current();
  cuda.check(cuda.eventCreate(&event_, 0), "cuEventCreate");
}

Event::~Event() {
  if (event_) CudaDriver::current().eventDestroy(event_);
}

Graph::Graph(CuGraph captured) {
  auto& cuda = CudaDriver::current();
  CuResult const result = cuda.graphInstantiate(&exec_, captured, 0);
  cuda.graphDestroy(captured);
  cuda.check(result, "cuGraphInstantiate");
}

Graph::~Graph() {
  if (exec_) CudaDriver::current().graphExecDestroy(exec_);
}

void Graph::launch(Stream const& stream) const {
  auto& cuda = CudaDriver::current();
  cuda.check(cuda.graphLaunch(exec_, stream.get()), "cuGraphLaunch");
}

}  // namespace askbert

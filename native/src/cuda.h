// The part of the CUDA driver interface that is used, bound at run time. Types and values as in CUDA's documentation
// of the driver API (https://docs.nvidia.com/cuda/cuda-driver-api); no header of CUDA is needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dynamic.h"
#include "failure.h"

namespace askbert {

using CuResult = int;
using CuDevice = int;
using CuPointer = unsigned long long;
using CuContext = struct CUctx_st*;
using CuStream = struct CUstream_st*;
using CuEvent = struct CUevent_st*;
using CuGraph = struct CUgraph_st*;
using CuGraphExec = struct CUgraphExec_st*;

struct DeviceInfo {
  int ordinal = 0;
  std::string name;
  int major = 0;
  int minor = 0;
  uint64_t totalBytes = 0;
};

// The driver: one per process, kept for its lifetime.
class CudaDriver {
 public:
  // Loads the driver's library and initialises it. Throws Failure LibraryMissing if there is no driver or no device.
  static CudaDriver& open(std::string const& path);
  // The driver that was opened. Throws Failure LibraryMissing before that.
  static CudaDriver& current();

  // Version of CUDA that the driver supports, e.g. 13000.
  int version() const noexcept { return version_; }
  std::vector<DeviceInfo> const& devices() const noexcept { return devices_; }

  // Throws Failure EngineRun (OutOfMemory for lack of memory) with the driver's name for the error.
  void check(CuResult result, char const* what) const;

  // Makes the device's primary context current on this thread; TensorRT's own CUDA runtime then uses it too.
  void useDevice(int ordinal);

  CuResult (*memAlloc)(CuPointer*, size_t) = nullptr;
  CuResult (*memFree)(CuPointer) = nullptr;
  CuResult (*memHostAlloc)(void**, size_t, unsigned) = nullptr;
  CuResult (*memFreeHost)(void*) = nullptr;
  CuResult (*memGetInfo)(size_t*, size_t*) = nullptr;
  CuResult (*memcpyHtoDAsync)(CuPointer, void const*, size_t, CuStream) = nullptr;
  CuResult (*memcpyDtoHAsync)(void*, CuPointer, size_t, CuStream) = nullptr;
  CuResult (*streamCreate)(CuStream*, unsigned) = nullptr;
  CuResult (*streamDestroy)(CuStream) = nullptr;
  CuResult (*streamSynchronize)(CuStream) = nullptr;
  CuResult (*streamBeginCapture)(CuStream, int) = nullptr;
  CuResult (*streamEndCapture)(CuStream, CuGraph*) = nullptr;
  CuResult (*graphInstantiate)(CuGraphExec*, CuGraph, unsigned long long) = nullptr;
  CuResult (*graphLaunch)(CuGraphExec, CuStream) = nullptr;
  CuResult (*graphDestroy)(CuGraph) = nullptr;
  CuResult (*graphExecDestroy)(CuGraphExec) = nullptr;
  CuResult (*eventCreate)(CuEvent*, unsigned) = nullptr;
  CuResult (*eventDestroy)(CuEvent) = nullptr;
  CuResult (*eventRecord)(CuEvent, CuStream) = nullptr;
  CuResult (*eventSynchronize)(CuEvent) = nullptr;
  CuResult (*eventElapsedTime)(float*, CuEvent, CuEvent) = nullptr;

 private:
  explicit CudaDriver(std::string const& path);

  CuResult (*ctxSetCurrent_)(CuContext) = nullptr;
  CuResult (*primaryCtxRetain_)(CuContext*, CuDevice) = nullptr;
  CuResult (*getErrorName_)(CuResult, char const**) = nullptr;

  DynamicLibrary library_;
  int version_ = 0;
  std::vector<DeviceInfo> devices_;
  // For each device; null until it is used. Retained until the process ends.
  std::vector<CuContext> contexts_;
};

// Memory of the device, freed with its owner. The device must be current when it is allocated.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  explicit DeviceMemory(size_t bytes);
  ~DeviceMemory();
  DeviceMemory(DeviceMemory const&) = delete;
  DeviceMemory& operator=(DeviceMemory const&) = delete;
  DeviceMemory(DeviceMemory&& other) noexcept { swap(other); }
  DeviceMemory& operator=(DeviceMemory&& other) noexcept {
    swap(other);
    return *this;
  }

  CuPointer address() const noexcept { return address_; }
  void* pointer(size_t offset = 0) const noexcept { return reinterpret_cast<void*>(address_ + offset); }
  size_t bytes() const noexcept { return bytes_; }

 private:
  void swap(DeviceMemory& other) noexcept {
    std::swap(address_, other.address_);
    std::swap(bytes_, other.bytes_);
  }
  CuPointer address_ = 0;
  size_t bytes_ = 0;
};

// Page-locked host memory, so that copies run asynchronously.
class PinnedMemory {
 public:
  explicit PinnedMemory(size_t bytes);
  ~PinnedMemory();
  PinnedMemory(PinnedMemory const&) = delete;
  PinnedMemory& operator=(PinnedMemory const&) = delete;

  template <typename T>
  T* at(size_t offset) const noexcept {
    return reinterpret_cast<T*>(static_cast<unsigned char*>(pointer_) + offset);
  }

 private:
  void* pointer_ = nullptr;
};

class Stream {
 public:
  Stream();
  ~Stream();
  Stream(Stream const&) = delete;
  Stream& operator=(Stream const&) = delete;
  CuStream get() const noexcept { return stream_; }
  void synchronize() const;

 private:
  CuStream stream_ = nullptr;
};

class Event {
 public:
  Event();
  ~Event();
  Event(Event const&) = delete;
  Event& operator=(Event const&) = delete;
  CuEvent get() const noexcept { return event_; }

 private:
  CuEvent event_ = nullptr;
};

// An instantiated graph.
class Graph {
 public:
  Graph() = default;
  // Takes over and instantiates what was captured.
  explicit Graph(CuGraph captured);
  ~Graph();
  Graph(Graph const&) = delete;
  Graph& operator=(Graph const&) = delete;
  void launch(Stream const& stream) const;

 private:
  CuGraphExec exec_ = nullptr;
};

}  // namespace askbert

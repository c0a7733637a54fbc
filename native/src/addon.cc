// The add-on's surface: server/engine/tensorrt/native.ts is its typed mirror.
#include <napi.h>

#include "cuda.h"
#include "library.h"
#include "network.h"
#include "quantise.h"
#include "surface.h"
#include "weights.h"

namespace askbert {

namespace {

// openLibrary(path): {version, attention}
Napi::Value openLibrary(Napi::CallbackInfo const& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    TensorRt const& library = TensorRt::open(stringArgument(info[0], "path"));
    auto out = Napi::Object::New(info.Env());
    out.Set("version", library.versionText());
    out.Set("attention", hasAttention(library.version()));
    return out;
  });
}

// openDriver(path): {cuda, devices}
Napi::Value openDriver(Napi::CallbackInfo const& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    CudaDriver const& driver = CudaDriver::open(stringArgument(info[0], "path"));
    auto devices = Napi::Array::New(info.Env(), driver.devices().size());
    for (uint32_t i = 0; i < driver.devices().size(); i++) {
      DeviceInfo const& device = driver.devices()[i];
      auto item = Napi::Object::New(info.Env());
      item.Set("ordinal", device.ordinal);
      item.Set("name", device.name);
      item.Set("major", device.major);
      item.Set("minor", device.minor);
      item.Set("totalBytes", static_cast<double>(device.totalBytes));
      devices.Set(i, item);
    }
    auto out = Napi::Object::New(info.Env());
    out.Set("cuda", driver.version());
    out.Set("devices", devices);
    return out;
  });
}

// checkBuilder(device): creates a builder and discards it; device -1: none is made current
Napi::Value checkBuilder(Napi::CallbackInfo const& info) {
  guarded(info.Env(), [&] {
    auto const device = static_cast<int>(integer(info[0], "device", -1, 1023));
    if (device >= 0) CudaDriver::current().useDevice(device);
    Logger logger;
    TensorRt::current().createBuilder(logger, device);
  });
  return info.Env().Undefined();
}

// deviceMemory(device): {free, total} bytes
Napi::Value deviceMemory(Napi::CallbackInfo const& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    CudaDriver& driver = CudaDriver::current();
    driver.useDevice(static_cast<int>(integer(info[0], "device", 0, 1023)));
    size_t free = 0;
    size_t total = 0;
    driver.check(driver.memGetInfo(&free, &total), "cuMemGetInfo");
    auto out = Napi::Object::New(info.Env());
    out.Set("free", static_cast<double>(free));
    out.Set("total", static_cast<double>(total));
    return out;
  });
}

// roundTo(precision, Float32Array): Uint16Array, the weights' conversion alone, for tests
Napi::Value roundTo(Napi::CallbackInfo const& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    std::string const precision = stringArgument(info[0], "precision");
    auto const bits = [&](float value) -> uint16_t {
      return precision == "fp16" ? toHalf(value) : precision == "fp8" ? toE4m3(value) : toBfloat16(value);
    };
    auto const values = typedArray<Napi::Float32Array>(info[1], napi_float32_array, "values");
    auto out = Napi::Uint16Array::New(info.Env(), values.ElementLength());
    for (size_t i = 0; i < values.ElementLength(); i++) out[i] = bits(values[i]);
    return out;
  });
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  auto* state = new EnvironmentState();
  state->engineClass = Napi::Persistent(defineEngine(env));
  env.SetInstanceData(state);
  // The environment waits for work on the thread pool: make it end soon.
  env.AddCleanupHook(
      [](EnvironmentState* ending) {
        for (auto const& each : ending->cancels) {
          if (auto const cancelled = each.lock()) *cancelled = true;
        }
      },
      state);
  exports.Set("flavour", ASKBERT_FLAVOUR_NAME);
  exports.Set("major", kMajor);
  exports.Set("openLibrary", Napi::Function::New(env, openLibrary, "openLibrary"));
  exports.Set("openDriver", Napi::Function::New(env, openDriver, "openDriver"));
  exports.Set("checkBuilder", Napi::Function::New(env, checkBuilder, "checkBuilder"));
  exports.Set("deviceMemory", Napi::Function::New(env, deviceMemory, "deviceMemory"));
  exports.Set("roundTo", Napi::Function::New(env, roundTo, "roundTo"));
  exports.Set("Builder", defineBuilder(env));
  exports.Set("loadEngine", Napi::Function::New(env, loadEngine, "loadEngine"));
  return exports;
}

}  // namespace

NODE_API_MODULE(askbert, init)

}  // namespace askbert

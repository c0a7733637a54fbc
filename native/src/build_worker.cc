// JavaScript class Builder: takes the weights one by one, then builds on a pool thread.
#include <chrono>

#include "build.h"
#include "engine.h"
#include "quantise.h"
#include "surface.h"

namespace askbert {

namespace {

Precision precisionOf(std::string const& name) {
  if (name == "fp32") return Precision::Fp32;
  if (name == "fp16") return Precision::Fp16;
  if (name == "bf16") return Precision::Bf16;
  if (name == "int8") return Precision::Int8;
  if (name == "fp8") return Precision::Fp8;
  throw badArgument("precision is " + name + ", expected fp32, fp16, bf16, int8 or fp8");
}

Activation activationOf(std::string const& name) {
  if (name == "gelu") return Activation::GeluErf;
  if (name == "gelu_tanh") return Activation::GeluTanh;
  if (name == "relu") return Activation::Relu;
  throw badArgument("activation is " + name + ", expected gelu, gelu_tanh or relu");
}

bool flag(Napi::Object from, char const* name, bool fallback) {
  Napi::Value const value = from.Get(name);
  return value.IsBoolean() ? value.As<Napi::Boolean>().Value() : fallback;
}

BertConfig configOf(Napi::Object from) {
  BertConfig c;
  c.vocabulary = integer(from.Get("vocabularySize"), "vocabularySize", 1, 10000000);
  c.hidden = integer(from.Get("hiddenSize"), "hiddenSize", 1, 8192);
  c.layers = static_cast<int32_t>(integer(from.Get("layers"), "layers", 1, 256));
  c.heads = integer(from.Get("heads"), "heads", 1, 256);
  c.intermediate = integer(from.Get("intermediateSize"), "intermediateSize", 1, 65536);
  c.positions = integer(from.Get("positions"), "positions", 1, 65536);
  c.segmentTypes = integer(from.Get("segmentTypes"), "segmentTypes", 1, 1024);
  if (c.hidden % c.heads != 0) throw badArgument("heads do not divide hiddenSize");
  Napi::Value const epsilon = from.Get("layerNormEpsilon");
  if (!epsilon.IsNumber()) throw badArgument("layerNormEpsilon is not a number");
  c.epsilon = epsilon.As<Napi::Number>().FloatValue();
  c.activation = activationOf(stringArgument(from.Get("activation"), "activation"));
  c.precision = precisionOf(stringArgument(from.Get("precision"), "precision"));
  c.fusedAttention = flag(from, "fusedAttention", c.fusedAttention);
  c.softmaxFp32 = flag(from, "softmaxFp32", c.softmaxFp32);
  bool const exact = !isMeasured(c.precision);
  c.residualFp32 = flag(from, "residualFp32", exact);
  c.normFp32 = flag(from, "normFp32", exact);
  c.exactGelu = flag(from, "exactGelu", exact);
  c.accumulateFp32 = flag(from, "accumulateFp32", c.accumulateFp32);
  c.keyLengths = flag(from, "keyLengths", c.keyLengths);
  if (isQuantised(c.precision)) {
    auto ranges = typedArray<Napi::Float32Array>(from.Get("ranges"), napi_float32_array, "ranges");
    c.ranges.assign(ranges.Data(), ranges.Data() + ranges.ElementLength());
  }
  return c;
}

BuildRequest requestOf(Napi::Value value) {
  if (!value.IsObject()) throw badArgument("request is not an object");
  auto from = value.As<Napi::Object>();
  BuildRequest request;
  request.config = configOf(from);
  if (!from.Get("buckets").IsArray()) throw badArgument("buckets is not an array");
  auto buckets = from.Get("buckets").As<Napi::Array>();
  for (uint32_t i = 0; i < buckets.Length(); i++) {
    Napi::Value const item = buckets.Get(i);
    if (!item.IsObject()) throw badArgument("a bucket is not an object");
    auto bucket = item.As<Napi::Object>();
    request.buckets.push_back(
        {integer(bucket.Get("batch"), "batch", 1, 4096), integer(bucket.Get("length"), "length", 1, request.config.positions)});
  }
  request.device = static_cast<int>(integer(from.Get("device"), "device", -1, 1023));
  if (from.Has("workspaceBytes")) {
    request.workspaceBytes = static_cast<uint64_t>(integer(from.Get("workspaceBytes"), "workspaceBytes", 0, int64_t{1} << 50));
  }
  if (from.Has("optimizationLevel")) {
    request.optimizationLevel = static_cast<int32_t>(integer(from.Get("optimizationLevel"), "optimizationLevel", -1, 5));
  }
  request.strip = flag(from, "strip", request.strip);
  Napi::Value const timing = from.Get("timingCache");
  if (!timing.IsUndefined()) {
    auto bytes = typedArray<Napi::Uint8Array>(timing, napi_uint8_array, "timingCache");
    request.timingCache.assign(bytes.Data(), bytes.Data() + bytes.ElementLength());
  }
  return request;
}

struct BuildState {
  explicit BuildState(BuildRequest given)
      : request(std::move(given)), weights(request.config.precision), cancelled(std::make_shared<std::atomic<bool>>(false)) {}
  BuildRequest request;
  Weights weights;
  std::shared_ptr<std::atomic<bool>> cancelled;
};

struct Progress {
  std::string phase;
  double done;
};

Napi::Array arrayOf(Napi::Env env, std::vector<TensorInfo> const& tensors) {
  auto out = Napi::Array::New(env, tensors.size());
  for (uint32_t i = 0; i < tensors.size(); i++) {
    auto shape = Napi::Array::New(env, tensors[i].shape.size());
    for (uint32_t d = 0; d < tensors[i].shape.size(); d++) shape.Set(d, static_cast<double>(tensors[i].shape[d]));
    auto item = Napi::Object::New(env);
    item.Set("name", tensors[i].name);
    item.Set("type", tensors[i].type);
    item.Set("shape", shape);
    out.Set(i, item);
  }
  return out;
}

class BuildWorker final : public PromiseWorker {
 public:
  BuildWorker(Napi::Env env, std::shared_ptr<BuildState> state, Napi::Function onProgress)
      : PromiseWorker(env, "askbert.build"),
        state_(std::move(state)),
        progress_(Napi::ThreadSafeFunction::New(env, onProgress, "askbert.progress", 0, 1)) {}

 protected:
  void work() override {
    using Clock = std::chrono::steady_clock;
    auto last = Clock::now() - std::chrono::hours(1);
    std::string phase;
    result_ = buildEngine(state_->request, state_->weights, *state_->cancelled, [&](std::string const& now, double done) {
      // The start of a phase is always reported; steps at most twenty times a second.
      auto const time = Clock::now();
      if (now == phase && time - last < std::chrono::milliseconds(50)) return;
      last = time;
      phase = now;
      auto* message = new Progress{now, done};
      napi_status const status = progress_.NonBlockingCall(message, [](Napi::Env env, Napi::Function call, Progress* p) {
        std::unique_ptr<Progress> owned(p);
        if (!env || !call) return;
        // An exception in the listener must not end the process.
        try {
          call.Call({Napi::String::New(env, owned->phase), Napi::Number::New(env, owned->done)});
        } catch (Napi::Error const&) {
        }
      });
      if (status != napi_ok) {
        delete message;
        // The environment is shutting down: the engine is no longer needed.
        if (status == napi_closing) *state_->cancelled = true;
      }
    });
  }

  void finished() override { progress_.Release(); }

  Napi::Value result(Napi::Env env) override {
    auto out = Napi::Object::New(env);
    // Copies: Electron refuses buffers over foreign memory.
    out.Set("plan", Napi::Buffer<uint8_t>::Copy(env, result_.plan.data(), result_.plan.size()));
    out.Set("timingCache", Napi::Buffer<uint8_t>::Copy(env, result_.timingCache.data(), result_.timingCache.size()));
    out.Set("networkLayers", Napi::Number::New(env, result_.networkLayers));
    out.Set("profiles", Napi::Number::New(env, result_.profiles));
    out.Set("inputs", arrayOf(env, result_.inputs));
    out.Set("outputs", arrayOf(env, result_.outputs));
    out.Set("attention", Napi::Boolean::New(env, result_.attention));
    auto warnings = Napi::Array::New(env, result_.warnings.size());
    for (uint32_t i = 0; i < result_.warnings.size(); i++) warnings.Set(i, Napi::String::New(env, result_.warnings[i]));
    out.Set("warnings", warnings);
    return out;
  }

 private:
  std::shared_ptr<BuildState> state_;
  Napi::ThreadSafeFunction progress_;
  BuildResult result_;
};

class Builder final : public Napi::ObjectWrap<Builder> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Builder",
                       {InstanceMethod<&Builder::add>("add"), InstanceMethod<&Builder::build>("build"),
                        InstanceMethod<&Builder::load>("load"), InstanceMethod<&Builder::cancel>("cancel")});
  }

  explicit Builder(Napi::CallbackInfo const& info) : Napi::ObjectWrap<Builder>(info) {
    guarded(info.Env(), [&] { state_ = std::make_shared<BuildState>(requestOf(info[0])); });
    cancelled_ = state_->cancelled;
  }

 private:
  // add(name, Float32Array): copies a tensor.
  Napi::Value add(Napi::CallbackInfo const& info) {
    guarded(info.Env(), [&] {
      std::string const name = stringArgument(info[0], "name");
      auto const values = typedArray<Napi::Float32Array>(info[1], napi_float32_array, "values");
      if (!state_) throw badArgument("this builder was used already");
      addTensor(state_->weights, state_->request.config, name, values.Data(), values.ElementLength());
    });
    return info.Env().Undefined();
  }

  // build(onProgress): Promise; once.
  Napi::Value build(Napi::CallbackInfo const& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      if (!state_) throw badArgument("this builder was used already");
      if (!info[0].IsFunction()) throw badArgument("onProgress is not a function");
      auto& cancels = info.Env().GetInstanceData<EnvironmentState>()->cancels;
      cancels.push_back(cancelled_);
      auto* worker = new BuildWorker(info.Env(), std::move(state_), info[0].As<Napi::Function>());
      worker->Queue();
      return worker->promise();
    });
  }

  // load(plan): Promise<Engine>; once, instead of build: adds these weights to the stripped plan of an earlier builder.
  Napi::Value load(Napi::CallbackInfo const& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      if (!state_) throw badArgument("this builder was used already");
      if (state_->request.device < 0) throw badArgument("device is -1: a plan is loaded on one");
      auto source = std::make_shared<RefitSource>(RefitSource{state_->request.config, std::move(state_->weights)});
      int const device = state_->request.device;
      state_.reset();
      return loadPlan(info.Env(), info[0], device, std::move(source));
    });
  }

  Napi::Value cancel(Napi::CallbackInfo const& info) {
    *cancelled_ = true;
    return info.Env().Undefined();
  }

  std::shared_ptr<BuildState> state_;
  std::shared_ptr<std::atomic<bool>> cancelled_;
};

}  // namespace

Napi::Function defineBuilder(Napi::Env env) { return Builder::define(env); }

}  // namespace askbert

// JavaScript class Engine: a loaded plan. Every call runs on a pool thread; as many runs overlap as it has launches.
#include <algorithm>
#include <vector>

#include "engine.h"
#include "surface.h"

namespace askbert {

namespace {

// Shared with the workers, so that a call in flight outlives the JavaScript object.
struct EngineState {
  std::unique_ptr<Engine> engine;
  // For each launch, whether a call uses it.
  std::vector<bool> busy;
};

// A call that uses one launch. The launch is taken by the constructor.
class EngineWorker : public PromiseWorker {
 protected:
  EngineWorker(Napi::Env env, char const* name, std::shared_ptr<EngineState> state, size_t launch)
      : PromiseWorker(env, name), state_(std::move(state)), launch_(launch) {
    state_->busy[launch_] = true;
  }
  void finished() override { state_->busy[launch_] = false; }

  std::shared_ptr<EngineState> state_;
  size_t launch_;
};

class LoadWorker final : public PromiseWorker {
 public:
  LoadWorker(Napi::Env env, Napi::Uint8Array plan, int device, std::shared_ptr<RefitSource> source)
      : PromiseWorker(env, "askbert.load"),
        plan_(Napi::Persistent(plan.As<Napi::Object>())),
        data_(plan.Data()),
        bytes_(plan.ElementLength()),
        device_(device),
        source_(std::move(source)) {}

 protected:
  void work() override {
    auto state = std::make_shared<EngineState>();
    state->engine = std::make_unique<Engine>(data_, bytes_, device_, source_.get());
    source_.reset();
    state->busy.resize(state->engine->launches());
    state_ = std::move(state);
  }
  void finished() override { plan_.Reset(); }
  Napi::Value result(Napi::Env env) override {
    auto& constructor = env.GetInstanceData<EnvironmentState>()->engineClass;
    return constructor.New({Napi::External<std::shared_ptr<EngineState>>::New(env, &state_)});
  }

 private:
  Napi::ObjectReference plan_;
  uint8_t const* data_;
  size_t bytes_;
  int device_;
  std::shared_ptr<RefitSource> source_;
  std::shared_ptr<EngineState> state_;
};

class RunWorker final : public EngineWorker {
 public:
  RunWorker(Napi::Env env, std::shared_ptr<EngineState> state, size_t launch, size_t bucket, Batch const& shape, bool graph)
      : EngineWorker(env, "askbert.run", std::move(state), launch), bucket_(bucket), shape_(shape), graph_(graph) {}

 protected:
  void work() override { state_->engine->run(launch_, bucket_, graph_); }
  Napi::Value result(Napi::Env env) override {
    auto const cells = static_cast<size_t>(shape_.count * shape_.length);
    auto start = Napi::Float32Array::New(env, cells);
    auto end = Napi::Float32Array::New(env, cells);
    state_->engine->read(launch_, bucket_, shape_, start.Data(), end.Data());
    auto out = Napi::Object::New(env);
    out.Set("start", start);
    out.Set("end", end);
    return out;
  }

 private:
  size_t bucket_;
  Batch shape_;
  bool graph_;
};

class MeasureWorker final : public EngineWorker {
 public:
  MeasureWorker(Napi::Env env, std::shared_ptr<EngineState> state, size_t bucket, bool graph, int warmUps, int runs)
      : EngineWorker(env, "askbert.measure", std::move(state), 0),
        bucket_(bucket),
        graph_(graph),
        warmUps_(warmUps),
        runs_(runs) {}

 protected:
  void work() override { times_ = state_->engine->measure(bucket_, graph_, warmUps_, runs_); }
  Napi::Value result(Napi::Env env) override {
    auto out = Napi::Float32Array::New(env, times_.size());
    std::copy(times_.begin(), times_.end(), out.Data());
    return out;
  }

 private:
  size_t bucket_;
  bool graph_;
  int warmUps_;
  int runs_;
  std::vector<float> times_;
};

class EngineObject final : public Napi::ObjectWrap<EngineObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Engine",
                       {InstanceMethod<&EngineObject::buckets>("buckets"), InstanceMethod<&EngineObject::layers>("layers"),
                        InstanceMethod<&EngineObject::launches>("launches"), InstanceMethod<&EngineObject::run>("run"),
                        InstanceMethod<&EngineObject::measure>("measure"), InstanceMethod<&EngineObject::close>("close")});
  }

  explicit EngineObject(Napi::CallbackInfo const& info) : Napi::ObjectWrap<EngineObject>(info) {
    guarded(info.Env(), [&] {
      if (!info[0].IsExternal()) throw badArgument("an engine is made by loadEngine");
      state_ = *info[0].As<Napi::External<std::shared_ptr<EngineState>>>().Data();
    });
  }

 private:
  std::shared_ptr<EngineState> const& open() const {
    if (!state_) throw Failure(FailureCode::EngineRun, "the engine was closed");
    return state_;
  }

  // The state, if no call is running.
  std::shared_ptr<EngineState> const& idle() const {
    auto const& busy = open()->busy;
    if (std::find(busy.begin(), busy.end(), true) != busy.end()) throw Failure(FailureCode::EngineRun, "the engine is busy");
    return state_;
  }

  // A launch that no call uses.
  size_t freeLaunch() const {
    auto const& busy = open()->busy;
    auto const found = std::find(busy.begin(), busy.end(), false);
    if (found == busy.end()) throw Failure(FailureCode::EngineRun, "the engine is busy");
    return static_cast<size_t>(found - busy.begin());
  }

  Napi::Value layers(Napi::CallbackInfo const& info) {
    return guarded(info.Env(), [&]() -> Napi::Value { return Napi::Number::New(info.Env(), open()->engine->layers()); });
  }

  Napi::Value launches(Napi::CallbackInfo const& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      return Napi::Number::New(info.Env(), static_cast<double>(open()->engine->launches()));
    });
  }

  Napi::Value buckets(Napi::CallbackInfo const& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      auto const& states = open()->engine->buckets();
      auto out = Napi::Array::New(info.Env(), states.size());
      for (uint32_t i = 0; i < states.size(); i++) {
        auto item = Napi::Object::New(info.Env());
        item.Set("batch", static_cast<double>(states[i].shape.batch));
        item.Set("length", static_cast<double>(states[i].shape.length));
        item.Set("activationBytes", static_cast<double>(states[i].activationBytes));
        item.Set("usable", states[i].usable);
        out.Set(i, item);
      }
      return out;
    });
  }

  // run(bucket, batch, graph): Promise<{start, end}>
  Napi::Value run(Napi::CallbackInfo const& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      size_t const launch = freeLaunch();
      auto const& state = state_;
      auto const bucket = static_cast<size_t>(integer(info[0], "bucket", 0, 4095));
      if (!info[1].IsObject()) throw badArgument("batch is not an object");
      auto from = info[1].As<Napi::Object>();
      Batch batch;
      batch.count = integer(from.Get("count"), "count", 1, 4096);
      batch.length = integer(from.Get("length"), "length", 1, 65536);
      int64_t const cells = batch.count * batch.length;
      auto ids = typedArray<Napi::Int32Array>(from.Get("inputIds"), napi_int32_array, "inputIds", cells);
      auto segments = typedArray<Napi::Int32Array>(from.Get("segmentIds"), napi_int32_array, "segmentIds", cells);
      auto lengths = typedArray<Napi::Int32Array>(from.Get("lengths"), napi_int32_array, "lengths", batch.count);
      batch.inputIds = ids.Data();
      batch.segmentIds = segments.Data();
      batch.lengths = lengths.Data();
      state->engine->fill(launch, bucket, batch);
      // The arrays are copied; the worker only needs their shape.
      auto* worker = new RunWorker(info.Env(), state, launch, bucket, {batch.count, batch.length, nullptr, nullptr, nullptr},
                                   info[2].ToBoolean());
      worker->Queue();
      return worker->promise();
    });
  }

  // measure(bucket, graph, warmUps, runs): Promise<Float32Array> of milliseconds
  Napi::Value measure(Napi::CallbackInfo const& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      auto* worker = new MeasureWorker(info.Env(), idle(), static_cast<size_t>(integer(info[0], "bucket", 0, 4095)),
                                       info[1].ToBoolean(), static_cast<int>(integer(info[2], "warmUps", 0, 1000000)),
                                       static_cast<int>(integer(info[3], "runs", 1, 1000000)));
      worker->Queue();
      return worker->promise();
    });
  }

  // Frees everything, after the calls that are running. Safe to call twice.
  Napi::Value close(Napi::CallbackInfo const& info) {
    state_.reset();
    return info.Env().Undefined();
  }

  std::shared_ptr<EngineState> state_;
};

}  // namespace

Napi::Function defineEngine(Napi::Env env) { return EngineObject::define(env); }

Napi::Value loadEngine(Napi::CallbackInfo const& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return loadPlan(info.Env(), info[0], static_cast<int>(integer(info[1], "device", 0, 1023)), nullptr);
  });
}

Napi::Value loadPlan(Napi::Env env, Napi::Value planValue, int device, std::shared_ptr<RefitSource> source) {
  auto const plan = typedArray<Napi::Uint8Array>(planValue, napi_uint8_array, "plan");
  auto* worker = new LoadWorker(env, plan, device, std::move(source));
  worker->Queue();
  return worker->promise();
}

}  // namespace askbert

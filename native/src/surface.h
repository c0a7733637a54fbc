// Shared by the parts of the JavaScript surface: checked arguments, promises, errors with a code.
#pragma once

#include <napi.h>

#include <atomic>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "failure.h"

namespace askbert {

// State of one environment (the main thread's or a worker's).
struct EnvironmentState {
  Napi::FunctionReference engineClass;
  // For every build that was started here; set when the environment ends.
  std::vector<std::weak_ptr<std::atomic<bool>>> cancels;
};

inline Napi::Error toError(Napi::Env env, FailureCode code, std::string const& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", Napi::String::New(env, nameOf(code)));
  return error;
}

// Runs `work` on the JavaScript thread; exceptions become JavaScript errors with a code.
template <typename Work>
auto guarded(Napi::Env env, Work work) -> decltype(work()) {
  try {
    return work();
  } catch (Napi::Error const&) {
    throw;
  } catch (Failure const& failure) {
    throw toError(env, failure.code, failure.what());
  } catch (std::bad_alloc const&) {
    throw toError(env, FailureCode::OutOfMemory, "not enough memory");
  } catch (std::exception const& other) {
    throw toError(env, FailureCode::EngineRun, other.what());
  }
}

// Work on a pool thread that settles a promise. It does not let exceptions escape.
class PromiseWorker : public Napi::AsyncWorker {
 public:
  PromiseWorker(Napi::Env env, char const* name) : Napi::AsyncWorker(env, name), deferred_(env) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  // On the pool thread. Throws Failure.
  virtual void work() = 0;
  // On the JavaScript thread, after success.
  virtual Napi::Value result(Napi::Env env) = 0;
  // On the JavaScript thread, in any case, before the promise settles.
  virtual void finished() {}

  void Execute() final {
    try {
      work();
    } catch (Failure const& failure) {
      fail(failure.code, failure.what());
    } catch (std::bad_alloc const&) {
      fail(FailureCode::OutOfMemory, "not enough memory");
    } catch (std::exception const& other) {
      fail(FailureCode::EngineRun, other.what());
    } catch (...) {
      fail(FailureCode::EngineRun, "an unknown exception");
    }
  }

  void OnOK() final {
    Napi::HandleScope scope(Env());
    finished();
    try {
      deferred_.Resolve(result(Env()));
    } catch (Napi::Error const& error) {
      deferred_.Reject(error.Value());
    } catch (std::exception const& other) {
      deferred_.Reject(toError(Env(), FailureCode::OutOfMemory, other.what()).Value());
    }
  }

  void OnError(Napi::Error const& error) final {
    Napi::HandleScope scope(Env());
    finished();
    deferred_.Reject(toError(Env(), code_, error.Message()).Value());
  }

 private:
  void fail(FailureCode code, char const* message) {
    code_ = code;
    SetError(message);
  }

  Napi::Promise::Deferred deferred_;
  FailureCode code_ = FailureCode::EngineRun;
};

inline Failure badArgument(std::string const& what) { return Failure(FailureCode::BadRequest, what); }

inline std::string stringArgument(Napi::Value value, char const* name) {
  if (!value.IsString()) throw badArgument(std::string(name) + " is not a string");
  return value.As<Napi::String>().Utf8Value();
}

inline int64_t integer(Napi::Value value, char const* name, int64_t low, int64_t high) {
  if (value.IsNumber()) {
    double const number = value.As<Napi::Number>().DoubleValue();
    if (number >= static_cast<double>(low) && number <= static_cast<double>(high)) {
      auto const whole = static_cast<int64_t>(number);
      if (static_cast<double>(whole) == number) return whole;
    }
  }
  throw badArgument(std::string(name) + " is not a whole number from " + std::to_string(low) + " to " + std::to_string(high));
}

// The elements of a typed array of a given kind and, unless it is negative, of a given length.
template <typename Array>
Array typedArray(Napi::Value value, napi_typedarray_type type, char const* name, int64_t length = -1) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) {
    throw badArgument(std::string(name) + " is not the right kind of typed array");
  }
  auto array = value.As<Array>();
  if (length >= 0 && array.ElementLength() != static_cast<size_t>(length)) {
    throw badArgument(std::string(name) + " has " + std::to_string(array.ElementLength()) + " elements, expected " +
                      std::to_string(length));
  }
  return array;
}

// Defines the classes of build_worker.cc and engine_object.cc.
Napi::Function defineBuilder(Napi::Env env);
Napi::Function defineEngine(Napi::Env env);
// loadEngine(plan, device): Promise<Engine>
Napi::Value loadEngine(Napi::CallbackInfo const& info);
// The same, with the weights of a stripped plan (null: a complete plan). Throws Failure BadRequest.
struct RefitSource;
Napi::Value loadPlan(Napi::Env env, Napi::Value plan, int device, std::shared_ptr<RefitSource> source);

}  // namespace askbert

// TensorRT's messages: the last errors become part of a failure's sentence.
#pragma once

#include <NvInfer.h>

#include <mutex>
#include <string>
#include <vector>

namespace askbert {

class Logger final : public nvinfer1::ILogger {
 public:
  // Called by TensorRT on any of its threads.
  void log(Severity severity, char const* message) noexcept override;

  // Errors since the last call, oldest first, one line; empty when there was none.
  std::string takeErrors();
  // Warnings since the last call.
  std::vector<std::string> takeWarnings();

 private:
  std::mutex mutex_;
  std::vector<std::string> errors_;
  std::vector<std::string> warnings_;
};

// Whether TensorRT logged out-of-memory errors: it has no code for them.
inline bool isOutOfMemory(std::string const& errors) {
  return errors.find("ut of memory") != std::string::npos || errors.find("OutOfMemory") != std::string::npos;
}

}  // namespace askbert

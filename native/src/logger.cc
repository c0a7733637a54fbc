#include "logger.h"

namespace askbert {

namespace {
// A library that repeats itself must not fill the memory.
constexpr size_t kKept = 16;
}  // namespace

void Logger::log(Severity severity, char const* message) noexcept {
  if (severity > Severity::kWARNING || !message) return;
  try {
    std::lock_guard<std::mutex> lock(mutex_);
    auto& lines = severity == Severity::kWARNING ? warnings_ : errors_;
    if (lines.size() < kKept) lines.emplace_back(message);
  } catch (...) {
    // A message that cannot be stored is dropped.
  }
}

std::string Logger::takeErrors() {
  std::lock_guard<std::mutex> lock(mutex_);
  std::string all;
  for (auto const& line : errors_) all += (all.empty() ? "" : "; ") + line;
  errors_.clear();
  return all;
}

std::vector<std::string> Logger::takeWarnings() {
  std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::string> out;
  out.swap(warnings_);
  return out;
}

}  // namespace askbert

// The add-on's only exception. It never escapes: the surface turns it into a JavaScript error with `code`.
#pragma once

#include <stdexcept>
#include <string>

namespace askbert {

// Names of ErrorCodes in server/protocol.ts.
enum class FailureCode { LibraryMissing, EngineBuild, EngineRun, OutOfMemory, Cancelled, BadRequest };

constexpr char const* nameOf(FailureCode code) noexcept {
  switch (code) {
    case FailureCode::LibraryMissing:
      return "LibraryMissing";
    case FailureCode::EngineBuild:
      return "EngineBuild";
    case FailureCode::EngineRun:
      return "EngineRun";
    case FailureCode::OutOfMemory:
      return "OutOfMemory";
    case FailureCode::Cancelled:
      return "Cancelled";
    case FailureCode::BadRequest:
      return "BadRequest";
  }
  return "EngineRun";
}

class Failure : public std::runtime_error {
 public:
  Failure(FailureCode code, std::string const& message) : std::runtime_error(message), code(code) {}
  FailureCode const code;
};

}  // namespace askbert

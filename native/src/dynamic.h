// A shared library that is loaded at run time. It is never unloaded: CUDA's and TensorRT's libraries start threads
// and register exit handlers, so that unloading them crashes.
#pragma once

#include <string>

namespace askbert {

class DynamicLibrary {
 public:
  DynamicLibrary() = default;
  // path: UTF-8, absolute, or a bare name for the loader to search. Throws Failure LibraryMissing with the loader's
  // message.
  explicit DynamicLibrary(std::string const& path);

  bool loaded() const noexcept { return handle_ != nullptr; }
  std::string const& path() const noexcept { return path_; }

  // Address of a symbol, or null.
  void* find(char const* name) const noexcept;

  // Stores a symbol's address in a function pointer. Throws Failure LibraryMissing when the symbol is missing.
  template <typename Function>
  void bind(char const* name, Function*& into) const {
    into = reinterpret_cast<Function*>(require(name));
  }

 private:
  void* require(char const* name) const;

  void* handle_ = nullptr;
  std::string path_;
};

}  // namespace askbert

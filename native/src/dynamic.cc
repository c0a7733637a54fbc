#include "dynamic.h"

#include "failure.h"

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace askbert {

#ifdef _WIN32

namespace {

std::wstring wide(std::string const& utf8) {
  int const size = MultiByteToWideChar(CP_UTF8, 0, utf8.data(), static_cast<int>(utf8.size()), nullptr, 0);
  std::wstring out(static_cast<size_t>(size), L'\0');
  MultiByteToWideChar(CP_UTF8, 0, utf8.data(), static_cast<int>(utf8.size()), out.data(), size);
  return out;
}

std::string lastError() { return "error " + std::to_string(GetLastError()); }

}  // namespace

DynamicLibrary::DynamicLibrary(std::string const& path) : path_(path) {
  bool const absolute = path.find_first_of("/\\") != std::string::npos;
  // The library's own folder is searched for related libraries (the builder's resources).
  DWORD const flags = absolute ? LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS : 0;
  handle_ = LoadLibraryExW(wide(path).c_str(), nullptr, flags);
  if (!handle_) throw Failure(FailureCode::LibraryMissing, path + ": " + lastError());
}

void* DynamicLibrary::find(char const* name) const noexcept {
  return handle_ ? reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(handle_), name)) : nullptr;
}

#else

DynamicLibrary::DynamicLibrary(std::string const& path) : path_(path) {
  handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle_) {
    char const* why = dlerror();
    throw Failure(FailureCode::LibraryMissing, why ? why : path + " cannot be loaded");
  }
}

void* DynamicLibrary::find(char const* name) const noexcept { return handle_ ? dlsym(handle_, name) : nullptr; }

#endif

void* DynamicLibrary::require(char const* name) const {
  if (void* address = find(name)) return address;
  throw Failure(FailureCode::LibraryMissing, path_ + " has no function " + name);
}

}  // namespace askbert

// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value or an Error, for everything that can fail after start-up.
// Start-up failures throw instead (posix/startup_error.h); impossibilities go
// through BUDDYRING_ASSERT, which also stands in release builds.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace buddyring {

// What went wrong, in the terms a caller decides by.
enum class ErrorKind {
  invalid,        // the caller's input was not acceptable
  unreachable,    // the other side could not be reached or went away
  access_denied,  // the other side refused who we are
  wrong_version,  // the other side speaks another version
  conflict,       // what was asked contradicts what is there
  not_found,      // what was asked for is not there
  unheard,        // what we answer does not arrive
  no_carrier,     // our own link is away
  system,         // the operating system refused
};

struct Error {
  ErrorKind kind = ErrorKind::system;
  std::string message;  // one line: what was attempted, what came back, the cure
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : held_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return held_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // REQUIRES ok().
  [[nodiscard]] T& value() { return std::get<0>(held_); }
  [[nodiscard]] const T& value() const { return std::get<0>(held_); }

  // REQUIRES !ok().
  [[nodiscard]] const Error& error() const { return std::get<1>(held_); }

 private:
  std::variant<T, Error> held_;
};

struct Done {};
using Status = Result<Done>;

[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "buddyring: impossible: %s is false at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace buddyring

#define BUDDYRING_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::buddyring::assertion_failed(#condition, __FILE__, __LINE__))

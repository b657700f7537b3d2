// SPDX-License-Identifier: Apache-2.0
// The exit statuses of buddyctl: scripts rest on them.
#pragma once

#include <array>
#include <stdexcept>
#include <string>

#include "core/result.h"

namespace buddyring {

enum class ExitStatus {
  ok = 0,
  failure = 1,
  usage = 2,
  not_found = 3,
  unreachable = 4,
  ring_violated = 5,
};

// The numbers of the statuses, by ExitStatus. `ping` has fping's, which whoever
// calls it in fping's place looks at.
using ExitCodes = std::array<int, 6>;
inline constexpr ExitCodes house_codes{0, 1, 2, 3, 4, 5};
inline constexpr ExitCodes fping_codes{0, 4, 3, 2, 1, 4};

// What ends a command: one line for people, a status for scripts.
class Failure : public std::runtime_error {
 public:
  Failure(ExitStatus status, const std::string& message) : std::runtime_error(message), status_(status) {}
  explicit Failure(const Error& error);

  [[nodiscard]] ExitStatus status() const { return status_; }

 private:
  ExitStatus status_;
};

// "not_found" and the like, as in {"error":{"kind":...}}.
[[nodiscard]] const char* kind_name(ExitStatus status);

// The value, or a Failure.
template <class T>
T value_or_fail(Result<T> result) {
  if (!result.ok()) {
    throw Failure(result.error());
  }
  return std::move(result.value());
}

}  // namespace buddyring

// SPDX-License-Identifier: Apache-2.0
#include "tests/compare/window.h"

#include "posix/clock.h"
#include "tests/lab/wait.h"

namespace buddyring::compare {

double let_pass(Duration duration) {
  const Instant begin = monotonic_now();
  static_cast<void>(lab::wait_until([&] { return monotonic_now() - begin >= duration; }, 2 * duration));
  return std::chrono::duration<double>(monotonic_now() - begin).count();
}

}  // namespace buddyring::compare

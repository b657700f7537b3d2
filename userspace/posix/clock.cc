// SPDX-License-Identifier: Apache-2.0
#include "posix/clock.h"

#include <ctime>

namespace buddyring {
namespace {

uint64_t read_ns(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000ULL + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace

Instant monotonic_now() { return instant_from_ns(read_ns(CLOCK_MONOTONIC)); }

uint64_t realtime_ns() { return read_ns(CLOCK_REALTIME); }

}  // namespace buddyring

// SPDX-License-Identifier: Apache-2.0
// When a packet left and when one came, by each clock that saw it, and the
// round trip between the two.
//
// Theory of operation. A request is stamped by this process before it sends, by
// the kernel as it enters the queue of the interface and as the driver hands it to the
// card, and by the card where that can; a reply by the card, by the kernel as
// it takes it from the driver, and by this process. The card's clock is its own, so its
// stamps count only together; all others are CLOCK_REALTIME. That clock may be
// set between the two, so what this process saw by CLOCK_MONOTONIC bounds the
// result: the kernel's times lie within ours.
#pragma once

#include <cstdint>
#include <optional>

#include "core/time.h"

namespace buddyring {

// Who took a stamp, from the farthest from the wire to the nearest.
enum class StampSource { process, queue, kernel, hardware };
inline constexpr size_t stamp_sources = 4;
[[nodiscard]] const char* describe(StampSource source);

// 0: none.
struct PacketStamps {
  Instant at{};             // by this process, CLOCK_MONOTONIC
  uint64_t process_ns = 0;  // by this process, CLOCK_REALTIME
  uint64_t queue_ns = 0;
  uint64_t kernel_ns = 0;
  uint64_t hardware_ns = 0;

  // Takes over what `other` has of the kernel's and the card's.
  void add(const PacketStamps& other);
};

struct RoundTrip {
  uint64_t ns = 0;
  StampSource departure = StampSource::process;
  StampSource arrival = StampSource::process;
  bool clock_stepped = false;  // the better stamps were of no use
};
[[nodiscard]] RoundTrip round_trip(const PacketStamps& departure, const PacketStamps& arrival);

}  // namespace buddyring

// SPDX-License-Identifier: Apache-2.0
#include "ctl/ping_stamps.h"

#include <array>

namespace buddyring {
namespace {

// CLOCK_REALTIME is slewed by up to 500 ppm, and the two clocks are not read at one moment.
constexpr uint64_t slew_part = 1000;
constexpr uint64_t reading_ns = 1000;

struct Stamp {
  uint64_t ns;
  StampSource source;
};

Stamp best_of_system(const PacketStamps& stamps) {
  if (stamps.kernel_ns != 0) {
    return {stamps.kernel_ns, StampSource::kernel};
  }
  if (stamps.queue_ns != 0) {
    return {stamps.queue_ns, StampSource::queue};
  }
  return {stamps.process_ns, StampSource::process};
}

}  // namespace

const char* describe(StampSource source) {
  constexpr std::array<const char*, stamp_sources> names{"process", "queue", "kernel", "hardware"};
  return names.at(static_cast<size_t>(source));
}

void PacketStamps::add(const PacketStamps& other) {
  queue_ns = other.queue_ns != 0 ? other.queue_ns : queue_ns;
  kernel_ns = other.kernel_ns != 0 ? other.kernel_ns : kernel_ns;
  hardware_ns = other.hardware_ns != 0 ? other.hardware_ns : hardware_ns;
}

RoundTrip round_trip(const PacketStamps& departure, const PacketStamps& arrival) {
  const uint64_t seen_ns = to_ns(arrival.at - departure.at);
  const uint64_t bound_ns = seen_ns + seen_ns / slew_part + reading_ns;
  const auto fits = [&](uint64_t from_ns, uint64_t to_ns) { return to_ns >= from_ns && to_ns - from_ns <= bound_ns; };
  const bool both_by_card = departure.hardware_ns != 0 && arrival.hardware_ns != 0;
  if (both_by_card && fits(departure.hardware_ns, arrival.hardware_ns)) {
    return {arrival.hardware_ns - departure.hardware_ns, StampSource::hardware, StampSource::hardware, false};
  }
  const Stamp from = best_of_system(departure);
  const Stamp until = best_of_system(arrival);
  if (fits(from.ns, until.ns)) {
    return {until.ns - from.ns, from.source, until.source, both_by_card};
  }
  return {seen_ns, StampSource::process, StampSource::process, true};
}

}  // namespace buddyring

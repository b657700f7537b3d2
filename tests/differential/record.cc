// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/record.h"

#include <algorithm>
#include <bit>

namespace buddyring::differential {

void record_arrival(World& world, const Judgement& judgement, uint64_t arrived_ns) {
  buddyring_peer_state& state = world.states[judgement.slot];
  buddyring_flight& flight = state.flight[judgement.number % BUDDYRING_FLIGHTS];
  const uint64_t rtt_ns = arrived_ns - flight.departed_ns;
  flight.arrived_ns = arrived_ns;
  state.rtt_last_ns = rtt_ns;
  state.rtt_min_ns = state.rtt_count == 0 ? rtt_ns : std::min<uint64_t>(state.rtt_min_ns, rtt_ns);
  state.rtt_max_ns = std::max<uint64_t>(state.rtt_max_ns, rtt_ns);
  state.rtt_sum_ns += rtt_ns;
  ++state.rtt_count;
  const auto power = static_cast<unsigned>(std::bit_width(rtt_ns)) - 1;
  ++world.histograms[judgement.slot].bucket[std::min<unsigned>(power, BUDDYRING_RTT_BUCKETS - 1)];
  buddyring_sighting& sighting = state.sighting[judgement.answer_class];
  ++sighting.count;
  sighting.arrived_ns = arrived_ns;
  if (judgement.number < sighting.number) {
    return;  // overtaken
  }
  sighting.departed_ns = flight.departed_ns;
  sighting.number = judgement.number;
  sighting.incarnation = judgement.incarnation;
  sighting.said = judgement.said;
  sighting.stamped_by = BUDDYRING_STAMP_KERNEL;
}

void record_answered(World& world, const Judgement& judgement) {
  buddyring_window& window = world.states[judgement.slot].window;
  window.number[judgement.number % BUDDYRING_WINDOW] = judgement.number;
  window.highest = std::max<uint64_t>(window.highest, judgement.number);
}

void record_departure(World& world, const Departed& probe, uint64_t departed_ns) {
  buddyring_peer_state& state = world.states[probe.slot];
  state.departed_number = probe.number;
  state.departed_ns = departed_ns;
  ++state.departures;
  state.flight[probe.number % BUDDYRING_FLIGHTS] = {
      .number = probe.number, .nonce = probe.nonce, .departed_ns = departed_ns, .arrived_ns = 0, .key = probe.key};
}

}  // namespace buddyring::differential

// SPDX-License-Identifier: Apache-2.0
#include "tests/compare/rtt_sampler.h"

#include <bpf/bpf.h>

#include <map>
#include <stdexcept>

#include "kernel/pinned_maps.h"
#include "kernel/pins.h"
#include "posix/clock.h"
#include "posix/fd.h"
#include "tests/lab/wait.h"

namespace buddyring::compare {
namespace {

constexpr auto pause = std::chrono::milliseconds{1};

}  // namespace

RttSampler::RttSampler(const lab::Agent& agent) {
  const auto pinned = agent.pinned();
  if (!pinned) {
    throw std::runtime_error("the agent has pinned no maps");
  }
  for (size_t slot = 0; slot < BUDDYRING_MAX_PEERS; ++slot) {
    if (pinned.value().peer[slot].role == BUDDYRING_PEER_BUDDY) {
      slots_.push_back(slot);
    }
  }
  const Fd map(bpf_obj_get((pinned.value().directory + "/" + pins::peer_state).c_str()));
  states_ = std::make_unique<MappedMap<buddyring_peer_state>>(map.get(), BUDDYRING_MAX_PEERS, pins::peer_state);
}

uint64_t RttSampler::departures() const {
  uint64_t sum = 0;
  for (const size_t slot : slots_) {
    sum += load_relaxed((*states_)[slot].departures);
  }
  return sum;
}

RttSampler::Sample RttSampler::sample(Duration during) {
  Sample sample;
  std::map<size_t, uint64_t> seen;
  for (const size_t slot : slots_) {
    seen[slot] = load_relaxed((*states_)[slot].rtt_count);
  }
  const uint64_t departures_before = departures();
  const Instant begin = monotonic_now();
  static_cast<void>(lab::wait_until(
      [&] {
        for (const size_t slot : slots_) {
          const uint64_t count = load_relaxed((*states_)[slot].rtt_count);
          if (count != seen[slot]) {
            seen[slot] = count;
            sample.rtt_us.push_back(static_cast<double>(load_relaxed((*states_)[slot].rtt_last_ns)) / 1e3);
          }
        }
        return monotonic_now() - begin >= during;
      },
      2 * during, pause));
  sample.seconds = std::chrono::duration<double>(monotonic_now() - begin).count();
  sample.probes = static_cast<double>(departures() - departures_before);
  return sample;
}

}  // namespace buddyring::compare

// SPDX-License-Identifier: Apache-2.0
// Network: what becomes of a packet from one host to another: lost, or there
// after a while, once or twice. Each ordered pair of hosts has a latency of its
// own, made from the seed when it is asked for, so that 100,000 hosts need no
// table of pairs.
#pragma once

#include <optional>

#include "tests/sim/effects.h"
#include "tests/sim/setup.h"
#include "tests/sim/streams.h"

namespace buddyring::sim {

class Network {
 public:
  explicit Network(const Setup& setup) : setup_(setup), chance_(setup.seed, streams::network) {}

  // When a packet sent now arrives, as a span; nothing: never.
  [[nodiscard]] std::optional<Nanos> packet(const Effects& effects, NodeId from, NodeId to) {
    if (!effects.passes(from, to) || chance_.chance(effects.loss)) {
      return std::nullopt;
    }
    Nanos delay = latency(from, to) + effects.delay + chance_.exponential(setup_.jitter_mean);
    if (chance_.chance(effects.reordering)) {
      delay += chance_.between(0, effects.reordering_delay);
    }
    return delay;
  }
  [[nodiscard]] bool is_doubled(const Effects& effects) { return chance_.chance(effects.duplication); }

  // The same for a segment of a connection, which is sent again when it is lost,
  // as long as somebody waits; not what a cut takes: that lasts longer.
  [[nodiscard]] std::optional<Nanos> segment(const Effects& effects, NodeId from, NodeId to, Nanos first_repeat,
                                             Nanos patience) {
    Nanos waited = 0;
    for (Nanos repeat = first_repeat; waited < patience; repeat *= 2) {
      if (const auto delay = packet(effects, from, to)) {
        return waited + *delay;
      }
      waited += repeat;
    }
    return std::nullopt;
  }

  [[nodiscard]] Nanos latency(NodeId from, NodeId to) const {
    const uint64_t drawn = mix(mix(setup_.seed, from), to);
    const auto width = static_cast<uint64_t>(setup_.latency_max - setup_.latency_min) + 1;
    return setup_.latency_min + static_cast<Nanos>(drawn % width);
  }

  Prng& chance() { return chance_; }

 private:
  const Setup& setup_;
  Prng chance_;
};

}  // namespace buddyring::sim

// SPDX-License-Identifier: Apache-2.0
// Answerer: an agent's programs and maps as it sets them, without an agent: a member that
// watches the peer of tests/kernel/packet.h as a buddy, in a pool that takes sealed probes
// and others.
#pragma once

#include <cstdint>

#include "bpf/contract.h"
#include "kernel/mapped_map.h"
#include "kernel/probe_key_map.h"
#include "kernel/skeleton.h"
#include "tests/kernel/packet.h"

namespace buddyring::bench {

class Answerer {
 public:
  static constexpr uint32_t loopback_ifindex = 1;  // by which BPF_PROG_TEST_RUN has frames come

  // Of frames that come by this interface. Throws StartupError or std::runtime_error.
  explicit Answerer(uint32_t ifindex = loopback_ifindex);

  [[nodiscard]] int program() const;
  // A frame with a probe of the peer.
  [[nodiscard]] Bytes probe(uint64_t number, bool sealed) const;

 private:
  Skeleton skeleton_;
  MappedMap<buddyring_agent> agent_;
  MappedMap<buddyring_peer> peers_;
  ProbeKeys keys_;
};

}  // namespace buddyring::bench

// SPDX-License-Identifier: Apache-2.0
// Forger: answers probes in the name of another server, as its kernel would.
//
// Theory of operation. Whoever has the address of a server that is dead sees the
// probes to it, nonce and all, and can fill in whatever a live answer says; what it
// lacks is the pool's key. The forger sits on a raw socket of its host, whose own
// kernel is told to answer no pings, and answers every probe that comes.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <thread>

#include "bpf/contract.h"
#include "posix/fd.h"
#include "tests/lab/host.h"

namespace buddyring::lab {

class Forger {
 public:
  using Probe = std::span<uint8_t, sizeof(buddyring_probe)>;
  // Whom it speaks for.
  struct Role {
    uint64_t identity = 0;
    uint64_t incarnation = 0;
    uint64_t epoch = 0;
  };

  // Answers until destruction; `seal` writes key id and seal of an answer.
  Forger(Host& host, Family family, const Role& role, std::function<void(Probe)> seal);

 private:
  void answer(const std::stop_token& stop);
  void forge(Probe probe) const;

  Family family_;
  Role role_;
  std::function<void(Probe)> seal_;
  Fd socket_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace buddyring::lab

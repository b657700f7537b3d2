// SPDX-License-Identifier: Apache-2.0
// NetworkWatch: whether the ring's interface and our address on it are of use.
//
// Theory of operation. The kernel's notices are hints about a state that can be
// asked for. They may come a second late, which is too late for a verdict, so
// whoever suspects somebody asks first. What cannot be learnt now leaves the
// state as it was.
#pragma once

#include "agent/network.h"
#include "netlink/link_events.h"

namespace buddyring {

class NetworkWatch {
 public:
  // Throws StartupError.
  explicit NetworkWatch(RingNetwork network) : network_(std::move(network)) {
    // Read once more after listening has begun, so that no change falls between.
    reread();
  }

  // Readable when notices are there; then call read_notices.
  [[nodiscard]] int fd() const { return notices_.fd(); }
  // True when the interface itself changed: it may have another MAC now.
  bool read_notices();
  // Asks the kernel for the link's state, by a short netlink exchange.
  void ask();

  // The interface passes frames and has our address.
  [[nodiscard]] bool usable() const { return carrier_ && address_here_; }
  [[nodiscard]] bool carrier() const { return carrier_; }
  [[nodiscard]] bool address_here() const { return address_here_; }
  // The interface was deleted or moved away: it does not come back under its index.
  [[nodiscard]] bool gone() const { return gone_; }

 private:
  void reread();

  RingNetwork network_;
  LinkEvents notices_;
  bool carrier_ = true;
  bool address_here_ = true;
  bool gone_ = false;
};

}  // namespace buddyring

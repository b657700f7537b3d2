// SPDX-License-Identifier: Apache-2.0
// NetworkWatch: whether the ring's interfaces and our address are of use.
//
// Theory of operation. The kernel's notices are hints about a state that can be
// asked for. They may come a second late, which is too late for a verdict, so
// whoever suspects somebody asks first. What cannot be learnt now leaves the
// state as it was. One of several interfaces that is up is enough.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "agent/network.h"
#include "netlink/link_events.h"

namespace buddyring {

class NetworkWatch {
 public:
  // Throws StartupError.
  explicit NetworkWatch(const RingNetwork& network);

  // Readable when notices are there; then call read_notices.
  [[nodiscard]] int fd() const { return notices_.fd(); }
  // True when an interface itself changed: it may have another MAC now.
  bool read_notices();
  // Asks the kernel for the links' state, by short netlink exchanges.
  void ask();

  // An interface passes frames, and our address is there.
  [[nodiscard]] bool usable() const { return carrier() && address_here_; }
  [[nodiscard]] bool carrier() const { return std::ranges::any_of(links_, &Link::carrier); }
  // REQUIRES a link of the network.
  [[nodiscard]] bool carrier_of(size_t link) const { return links_.at(link).carrier; }
  [[nodiscard]] bool address_here() const { return address_here_; }
  // All interfaces were deleted or moved away: none comes back under its index.
  [[nodiscard]] bool gone() const { return std::ranges::all_of(links_, &Link::gone); }
  // An interface that has gone since; each once.
  [[nodiscard]] std::optional<std::string> poll_gone();

 private:
  struct Link {
    std::string interface;
    unsigned ifindex = 0;
    bool carrier = true;
    bool gone = false;
    bool told = false;
  };
  void reread();

  Address address_;
  RingNetwork::Link home_;
  std::vector<Link> links_;
  LinkEvents notices_;
  bool address_here_ = true;
};

}  // namespace buddyring

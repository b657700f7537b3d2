// SPDX-License-Identifier: Apache-2.0
// LinkEvents: the kernel's notices of links and addresses that change.
//
// Theory of operation. A non-blocking socket whose descriptor the loop polls;
// when it is readable, drain() hands out what is there. The notices are hints
// about a state that can be asked for: when the kernel had to drop some
// (overrun), the caller asks again with links.h and is no worse off.
#pragma once

#include <functional>

#include "core/address.h"
#include "core/result.h"
#include "netlink/socket.h"

namespace buddyring {

struct LinkEvent {
  unsigned ifindex = 0;
  bool up = false;       // switched on by the administrator
  bool carrier = false;  // and it can pass frames
  bool gone = false;     // removed, or moved to another namespace
};

struct AddressEvent {
  unsigned ifindex = 0;
  Address address;
  bool usable = false;  // there, and past duplicate address detection
};

enum class Drained {
  all,      // nothing was lost
  overrun,  // notices were dropped: ask for the state again
};

class LinkEvents {
 public:
  // Throws StartupError. Ask for the state after this, so that no change falls between.
  LinkEvents();

  [[nodiscard]] int fd() const { return socket_.fd(); }

  // Never blocks. `on_address` may be left out.
  Result<Drained> drain(const std::function<void(const LinkEvent&)>& on_link,
                        const std::function<void(const AddressEvent&)>& on_address = {});

 private:
  NetlinkSocket socket_;
};

}  // namespace buddyring

// SPDX-License-Identifier: Apache-2.0
// OwnAddress: an address of an interface of this host, as the kernel tells of it.
//
// Theory of operation. An IPv4 address is of use as soon as it is there. An IPv6
// address is tentative first, for a second or two: the kernel asks the link
// whether somebody else has it (duplicate address detection), and until then
// neither sends from it nor answers for it.
#pragma once

#include "core/address.h"
#include "netlink/socket.h"

namespace buddyring {

enum class AddressState : uint8_t {
  usable,
  tentative,
  duplicate,  // somebody else has it: the kernel does not use it
};

struct OwnAddress {
  Address address;
  AddressState state = AddressState::usable;
  // It goes of its own accord: deprecated, or a temporary one (RFC 8981).
  bool passing = false;
  friend bool operator==(const OwnAddress&, const OwnAddress&) = default;
};

// REQUIRES RTM_NEWADDR or RTM_DELADDR; nothing for another family than IPv4 and IPv6.
[[nodiscard]] std::optional<OwnAddress> own_address(const nlmsghdr& message);

// The address in an attribute, if it is of that family and as long as it must be.
[[nodiscard]] std::optional<Address> address_in(const nlattr& attribute, unsigned family);

}  // namespace buddyring

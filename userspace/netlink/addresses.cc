// SPDX-License-Identifier: Apache-2.0
#include "netlink/addresses.h"

#include <sys/socket.h>

#include <span>

namespace buddyring {
namespace {

AddressState state_of(unsigned flags) {
  if ((flags & IFA_F_DADFAILED) != 0) {
    return AddressState::duplicate;
  }
  // An optimistic address is used while the kernel asks (RFC 4429).
  const bool waits = (flags & IFA_F_TENTATIVE) != 0 && (flags & IFA_F_OPTIMISTIC) == 0;
  return waits ? AddressState::tentative : AddressState::usable;
}

}  // namespace

std::optional<Address> address_in(const nlattr& attribute, unsigned family) {
  if (family == AF_INET && mnl_attr_get_payload_len(&attribute) == sizeof(uint32_t)) {
    return Address::from_v4(mnl_attr_get_u32(&attribute));
  }
  if (family == AF_INET6 && mnl_attr_get_payload_len(&attribute) == Address::size_bytes) {
    const auto* bytes = static_cast<const uint8_t*>(mnl_attr_get_payload(&attribute));
    return Address::from_bytes(std::span<const uint8_t, Address::size_bytes>(bytes, Address::size_bytes));
  }
  return std::nullopt;
}

// IFA_LOCAL is our own address, where it is given; IFA_ADDRESS is then the peer's, on a point-to-point link. IPv6
// gives IFA_ADDRESS alone otherwise.
std::optional<OwnAddress> own_address(const nlmsghdr& message) {
  const auto* header = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&message));
  std::optional<Address> local;
  std::optional<Address> given;
  for_each_attribute(message, sizeof(ifaddrmsg), [&](const nlattr& attribute) {
    if (mnl_attr_get_type(&attribute) == IFA_LOCAL) {
      local = address_in(attribute, header->ifa_family);
    } else if (mnl_attr_get_type(&attribute) == IFA_ADDRESS) {
      given = address_in(attribute, header->ifa_family);
    }
  });
  if (!local && !given) {
    return std::nullopt;
  }
  OwnAddress own{.address = local ? *local : *given};
  if (header->ifa_family == AF_INET6) {
    own.state = state_of(header->ifa_flags);
    own.passing = (header->ifa_flags & (IFA_F_DEPRECATED | IFA_F_TEMPORARY)) != 0;
  }
  return own;
}

}  // namespace buddyring

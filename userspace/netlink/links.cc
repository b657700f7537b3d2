// SPDX-License-Identifier: Apache-2.0
#include "netlink/links.h"

#include <linux/if.h>

#include <algorithm>

#include "netlink/socket.h"

namespace buddyring {
namespace {

// A request and room for its attributes.
struct Request {
  alignas(nlmsghdr) std::array<char, 256> bytes{};
  nlmsghdr& header = *mnl_nlmsg_put_header(bytes.data());
};

Interface interface_from(const nlmsghdr& message) {
  const auto* link = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message));
  Interface interface;
  interface.ifindex = static_cast<unsigned>(link->ifi_index);
  interface.up = flags_say_up(link->ifi_flags);
  interface.carrier = flags_say_carrier(link->ifi_flags);
  for_each_attribute(message, sizeof(ifinfomsg), [&](const nlattr& attribute) {
    if (mnl_attr_get_type(&attribute) == IFLA_IFNAME) {
      interface.name = mnl_attr_get_str(&attribute);
    } else if (mnl_attr_get_type(&attribute) == IFLA_MTU) {
      interface.mtu = mnl_attr_get_u32(&attribute);
    }
  });
  return interface;
}

// Once each, though an interrupted dump shows them twice: then the later word counts.
void add_address(const nlmsghdr& message, std::vector<Interface>& interfaces) {
  const auto* header = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&message));
  const auto owner = std::find_if(interfaces.begin(), interfaces.end(),
                                  [&](const Interface& one) { return one.ifindex == header->ifa_index; });
  const auto own = own_address(message);
  if (!own || owner == interfaces.end()) {
    return;
  }
  const auto known = std::ranges::find(owner->addresses, own->address, &OwnAddress::address);
  if (known != owner->addresses.end()) {
    *known = *own;
  } else {
    owner->addresses.push_back(*own);
  }
}

Status add_addresses(NetlinkSocket& socket, uint8_t family, std::vector<Interface>& interfaces) {
  Request addresses;
  addresses.header.nlmsg_type = RTM_GETADDR;
  addresses.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  static_cast<ifaddrmsg*>(mnl_nlmsg_put_extra_header(&addresses.header, sizeof(ifaddrmsg)))->ifa_family = family;
  return socket.ask(addresses.header, "list addresses", [&](const nlmsghdr& message) {
    if (message.nlmsg_type == RTM_NEWADDR) {
      add_address(message, interfaces);
    }
  });
}

}  // namespace

bool flags_say_up(unsigned flags) { return (flags & IFF_UP) != 0; }

// LOWER_UP falls at once with the carrier; RUNNING rises only when frames really pass.
bool flags_say_carrier(unsigned flags) {
  constexpr unsigned needed = IFF_UP | IFF_LOWER_UP | IFF_RUNNING;
  return (flags & needed) == needed;
}

Result<std::vector<Interface>> list_interfaces() {
  auto socket = NetlinkSocket::open(0, 0);
  if (!socket.ok()) {
    return socket.error();
  }
  Request links;
  links.header.nlmsg_type = RTM_GETLINK;
  links.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(&links.header, sizeof(ifinfomsg)))->ifi_family = AF_UNSPEC;
  std::vector<Interface> interfaces;
  // An interrupted dump is visited again from its start, so what is known is replaced.
  const auto keep = [&](const Interface& seen) {
    const auto known = std::find_if(interfaces.begin(), interfaces.end(),
                                    [&](const Interface& one) { return one.ifindex == seen.ifindex; });
    if (known != interfaces.end()) {
      *known = seen;
    } else {
      interfaces.push_back(seen);
    }
  };
  const Status listed = socket.value().ask(links.header, "list interfaces", [&](const nlmsghdr& message) {
    if (message.nlmsg_type == RTM_NEWLINK) {
      keep(interface_from(message));
    }
  });
  if (!listed.ok()) {
    return listed.error();
  }

  // A kernel without IPv6 may answer the second with what it has, which is known by then.
  for (const auto family : {uint8_t{AF_INET}, uint8_t{AF_INET6}}) {
    if (const Status added = add_addresses(socket.value(), family, interfaces); !added.ok()) {
      return added.error();
    }
  }
  return interfaces;
}

Result<Interface> find_by_name(const std::string& name) {
  const auto interfaces = list_interfaces();
  if (!interfaces.ok()) {
    return interfaces.error();
  }
  std::string names;
  for (const Interface& interface : interfaces.value()) {
    if (interface.name == name) {
      return interface;
    }
    names += (names.empty() ? "" : ", ") + interface.name;
  }
  return Error{ErrorKind::not_found, "there is no interface " + name + " here; there are: " + names};
}

Result<Interface> find_by_address(const Address& address) {
  const auto interfaces = list_interfaces();
  if (!interfaces.ok()) {
    return interfaces.error();
  }
  std::string addresses;
  for (const Interface& interface : interfaces.value()) {
    for (const OwnAddress& own : interface.addresses) {
      if (own.address == address) {
        return interface;
      }
      addresses += (addresses.empty() ? "" : ", ") + own.address.text() + " on " + interface.name;
    }
  }
  return Error{ErrorKind::not_found, "no interface here has the address " + address.text() +
                                         "; there are: " + (addresses.empty() ? "none" : addresses)};
}

Result<bool> link_is_up(unsigned ifindex) {
  auto socket = NetlinkSocket::open(0, 0);
  if (!socket.ok()) {
    return socket.error();
  }
  Request request;
  request.header.nlmsg_type = RTM_GETLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  auto* link = static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(&request.header, sizeof(ifinfomsg)));
  link->ifi_family = AF_UNSPEC;
  link->ifi_index = static_cast<int>(ifindex);
  bool up = false;
  const Status asked = socket.value().ask(request.header, "read the state of an interface",
                                          [&](const nlmsghdr& message) { up = interface_from(message).carrier; });
  if (!asked.ok()) {
    return asked.error();
  }
  return up;
}

}  // namespace buddyring

// SPDX-License-Identifier: Apache-2.0
#include "netlink/routes.h"

#include <net/if.h>

#include <array>

#include "netlink/addresses.h"
#include "netlink/socket.h"

namespace buddyring {

Result<Route> route_to(const Address& destination) {
  auto socket = NetlinkSocket::open(0, 0);
  if (!socket.ok()) {
    return socket.error();
  }
  alignas(nlmsghdr) std::array<char, 256> bytes{};
  nlmsghdr& request = *mnl_nlmsg_put_header(bytes.data());
  request.nlmsg_type = RTM_GETROUTE;
  request.nlmsg_flags = NLM_F_REQUEST;
  auto* header = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(&request, sizeof(rtmsg)));
  if (destination.is_v4()) {
    header->rtm_family = AF_INET;
    header->rtm_dst_len = 32;
    mnl_attr_put_u32(&request, RTA_DST, destination.v4());
  } else {
    header->rtm_family = AF_INET6;
    header->rtm_dst_len = 128;
    mnl_attr_put(&request, RTA_DST, Address::size_bytes, destination.bytes().data());
  }

  const std::string attempt = "look up the route to " + destination.text();
  Route route;
  const Status asked = socket.value().ask(request, attempt.c_str(), [&](const nlmsghdr& message) {
    for_each_attribute(message, sizeof(rtmsg), [&](const nlattr& attribute) {
      if (mnl_attr_get_type(&attribute) == RTA_OIF) {
        route.ifindex = mnl_attr_get_u32(&attribute);
      } else if (mnl_attr_get_type(&attribute) == RTA_PREFSRC) {
        route.source = address_in(attribute, header->rtm_family).value_or(Address{});
      }
    });
  });
  if (!asked.ok()) {
    return asked.error();
  }
  std::array<char, IF_NAMESIZE> name{};
  if (if_indextoname(route.ifindex, name.data()) == nullptr) {
    return Error{ErrorKind::unreachable, attempt + ": its interface went away meanwhile"};
  }
  route.interface = name.data();
  return route;
}

}  // namespace buddyring

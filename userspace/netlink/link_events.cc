// SPDX-License-Identifier: Apache-2.0
#include "netlink/link_events.h"

#include <cerrno>
#include <cstring>

#include "netlink/addresses.h"
#include "netlink/links.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

NetlinkSocket subscribe() {
  auto socket = NetlinkSocket::open(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR, SOCK_NONBLOCK);
  if (!socket.ok()) {
    throw StartupError("subscribe to link events: " + socket.error().message);
  }
  return std::move(socket.value());
}

// A bridge tells of its ports in the same group, in a family of its own: a
// port that leaves its bridge is not an interface that is gone.
bool is_link_notice(const nlmsghdr& message) {
  return (message.nlmsg_type == RTM_NEWLINK || message.nlmsg_type == RTM_DELLINK) &&
         static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message))->ifi_family == AF_UNSPEC;
}

LinkEvent link_event(const nlmsghdr& message) {
  const auto* link = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message));
  LinkEvent event;
  event.ifindex = static_cast<unsigned>(link->ifi_index);
  event.gone = message.nlmsg_type == RTM_DELLINK;
  event.up = !event.gone && flags_say_up(link->ifi_flags);
  event.carrier = !event.gone && flags_say_carrier(link->ifi_flags);
  return event;
}

AddressEvent address_event(const nlmsghdr& message, const OwnAddress& own) {
  const auto* header = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&message));
  return {.ifindex = header->ifa_index,
          .address = own.address,
          .usable = message.nlmsg_type == RTM_NEWADDR && own.state == AddressState::usable};
}

}  // namespace

LinkEvents::LinkEvents() : socket_(subscribe()) {}

Result<Drained> LinkEvents::drain(const std::function<void(const LinkEvent&)>& on_link,
                                  const std::function<void(const AddressEvent&)>& on_address) {
  alignas(nlmsghdr) NetlinkBuffer buffer;
  Drained drained = Drained::all;
  while (true) {
    const ssize_t received = ::recv(socket_.fd(), buffer.data(), buffer.size(), MSG_TRUNC);
    if (received < 0) {
      if (errno == EAGAIN) {
        return drained;
      }
      if (errno == ENOBUFS) {
        drained = Drained::overrun;
      } else if (errno != EINTR) {
        return Error{ErrorKind::system, std::string{"read link events: "} + std::strerror(errno)};
      }
      continue;
    }
    if (static_cast<size_t>(received) > buffer.size()) {
      drained = Drained::overrun;
      continue;
    }
    int left = static_cast<int>(received);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data());
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
      if (is_link_notice(*message)) {
        on_link(link_event(*message));
      } else if (on_address && (message->nlmsg_type == RTM_NEWADDR || message->nlmsg_type == RTM_DELADDR)) {
        if (const auto own = own_address(*message)) {
          on_address(address_event(*message, *own));
        }
      }
    }
  }
}

}  // namespace buddyring

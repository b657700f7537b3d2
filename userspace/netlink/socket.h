// SPDX-License-Identifier: Apache-2.0
// NetlinkSocket: a route netlink socket of the calling thread's network
// namespace, and the two ways to use one: ask and wait, or listen.
//
// Theory of operation. A request is one message; the answer is one message or,
// for a dump, several until NLMSG_DONE. A dump that the kernel marks as
// interrupted was overtaken by a change and is asked for again. Sysfs is never
// read for any of this, for what is mounted there may belong to another
// namespace.
#pragma once

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include <array>
#include <functional>
#include <memory>

#include "core/limits.h"
#include "core/result.h"

namespace buddyring {

using NetlinkBuffer = std::array<char, limits::netlink_datagram_bytes_max>;
using NetlinkVisitor = std::function<void(const nlmsghdr&)>;

class NetlinkSocket {
 public:
  // `groups`: a mask of RTMGRP_*, 0 to ask only. `flags` as for socket(2).
  // `protocol` NETLINK_GENERIC: for the families that have no protocol of their own.
  static Result<NetlinkSocket> open(unsigned groups, int flags, int protocol = NETLINK_ROUTE);

  [[nodiscard]] int fd() const { return mnl_socket_get_fd(socket_.get()); }

  // Sends the message and visits each message of the answer. A refusal by the
  // kernel is `system`, or `not_found` and `unreachable` where errno says so;
  // `attempt` names it in the error.
  Status ask(nlmsghdr& request, const char* attempt, const NetlinkVisitor& visit);

 private:
  struct Closer {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
  };
  explicit NetlinkSocket(mnl_socket* socket) : socket_(socket) {}
  Result<bool> receive_answer(const nlmsghdr& request, const char* attempt, const NetlinkVisitor& visit);

  std::unique_ptr<mnl_socket, Closer> socket_;
  uint32_t sequence_ = 0;
};

// Visits the attributes of a message whose own header is `header_bytes` long.
void for_each_attribute(const nlmsghdr& message, size_t header_bytes, const std::function<void(const nlattr&)>& visit);

}  // namespace buddyring

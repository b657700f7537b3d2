// SPDX-License-Identifier: Apache-2.0
#include "netlink/socket.h"

#include <cerrno>
#include <cstring>
#include <string>

namespace buddyring {
namespace {

Error error_from(int number, const char* attempt) {
  ErrorKind kind = ErrorKind::system;
  if (number == ENODEV) {
    kind = ErrorKind::not_found;
  } else if (number == ENETUNREACH || number == EHOSTUNREACH) {
    kind = ErrorKind::unreachable;
  }
  return {kind, std::string{attempt} + ": " + std::strerror(number)};
}

}  // namespace

Result<NetlinkSocket> NetlinkSocket::open(unsigned groups, int flags, int protocol) {
  mnl_socket* socket = mnl_socket_open2(protocol, SOCK_CLOEXEC | flags);
  if (socket == nullptr) {
    return error_from(errno, "open a netlink socket");
  }
  NetlinkSocket opened{socket};
  if (mnl_socket_bind(socket, groups, MNL_SOCKET_AUTOPID) != 0) {
    return error_from(errno, "bind a netlink socket");
  }
  return opened;
}

Status NetlinkSocket::ask(nlmsghdr& request, const char* attempt, const NetlinkVisitor& visit) {
  for (unsigned i = 0; i < limits::netlink_dump_attempts_max; ++i) {
    request.nlmsg_seq = ++sequence_;
    if (mnl_socket_sendto(socket_.get(), &request, request.nlmsg_len) < 0) {
      return error_from(errno, attempt);
    }
    const Result<bool> consistent = receive_answer(request, attempt, visit);
    if (!consistent.ok()) {
      return consistent.error();
    }
    if (consistent.value()) {
      return Done{};
    }
  }
  return Error{ErrorKind::system, std::string{attempt} + ": links keep changing while they are listed; try again"};
}

// False when a dump was interrupted; it is read to its end all the same, so
// that the next answer begins at its beginning.
Result<bool> NetlinkSocket::receive_answer(const nlmsghdr& request, const char* attempt, const NetlinkVisitor& visit) {
  alignas(nlmsghdr) NetlinkBuffer buffer;
  const bool is_dump = (request.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
  bool consistent = true;
  while (true) {
    const ssize_t received = mnl_socket_recvfrom(socket_.get(), buffer.data(), buffer.size());
    if (received < 0 && errno == EINTR) {
      continue;
    }
    if (received < 0) {
      return error_from(errno, attempt);
    }
    int left = static_cast<int>(received);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data());
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
      if (message->nlmsg_seq != request.nlmsg_seq) {
        continue;
      }
      if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) {
        consistent = false;
      }
      if (message->nlmsg_type == NLMSG_DONE) {
        return consistent;
      }
      if (message->nlmsg_type == NLMSG_ERROR) {
        const auto* refusal = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message));
        if (refusal->error != 0) {
          return error_from(-refusal->error, attempt);
        }
        return consistent;
      }
      visit(*message);
      if (!is_dump) {
        return true;
      }
    }
  }
}

void for_each_attribute(const nlmsghdr& message, size_t header_bytes, const std::function<void(const nlattr&)>& visit) {
  if (mnl_nlmsg_get_payload_len(&message) < header_bytes) {
    return;
  }
  const auto* attribute = static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(&message, header_bytes));
  const auto* tail = static_cast<const char*>(mnl_nlmsg_get_payload_tail(&message));
  while (mnl_attr_ok(attribute, static_cast<int>(tail - reinterpret_cast<const char*>(attribute)))) {
    visit(*attribute);
    attribute = mnl_attr_next(attribute);
  }
}

}  // namespace buddyring

// SPDX-License-Identifier: Apache-2.0
#include "ctl/replace_call.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstring>

#include "posix/fd.h"
#include "posix/socket_address.h"

namespace buddyring {
namespace {

Error failed(const Server& receiver, const char* step) {
  // A step that ran out of time reports EAGAIN or, for connect, EINPROGRESS.
  const bool timed_out = errno == EAGAIN || errno == EINPROGRESS;
  return {ErrorKind::unreachable, std::string{step} + " " + receiver.name + " at " +
                                      Endpoint{receiver.address, receiver.replace_port}.text() + ": " +
                                      (timed_out ? "no answer in time" : std::strerror(errno))};
}

// A socket whose every step ends in time; Linux applies the send timeout to connect too.
Fd connect_to(const Server& receiver) {
  const SocketAddress name({receiver.address, receiver.replace_port});
  Fd socket{::socket(name.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const timeval timeout{.tv_sec = limits::replace_connection_timeout.count(), .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  if (::connect(socket.get(), name.get(), name.size()) != 0) {
    return Fd{};
  }
  return socket;
}

}  // namespace

Result<ReplaceAck> call_replace(const Server& receiver, const PoolKeys& keys, const ReplaceMessage& message) {
  const Fd socket = connect_to(receiver);
  if (!socket.valid()) {
    return failed(receiver, "connecting to");
  }
  Frame request = encode(message);
  keys.seal(request);
  // A frame is far smaller than any send buffer, so it goes whole or not at all.
  if (::send(socket.get(), request.bytes.data(), request.size, MSG_NOSIGNAL) != static_cast<ssize_t>(request.size)) {
    return failed(receiver, "sending to");
  }
  Frame answer;
  while (answer.size < answer.bytes.size()) {
    const ssize_t count = ::recv(socket.get(), answer.bytes.data() + answer.size, answer.bytes.size() - answer.size, 0);
    if (count < 0) {
      return failed(receiver, "receiving from");
    }
    answer.size += static_cast<size_t>(count);
    const FrameSize size = frame_size(answer.view());
    if (const auto* bytes = std::get_if<size_t>(&size); bytes != nullptr && *bytes <= answer.size) {
      const auto frame = answer.view().first(*bytes);
      const auto decoded = decode_acknowledgement(frame);
      const auto* acknowledgement = std::get_if<ReplaceAck>(&decoded);
      if (acknowledgement != nullptr && keys.open_answer(frame, request.view()) == Seal::good) {
        return *acknowledgement;
      }
      break;
    }
    if (count == 0 || std::holds_alternative<FrameError>(size)) {
      break;
    }
  }
  return Error{
      ErrorKind::wrong_version,
      receiver.name + " gave no acknowledgement; check that buddyd runs there and has the key of this --key-file"};
}

}  // namespace buddyring

// SPDX-License-Identifier: Apache-2.0
#include "agent/replace_listener.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "core/result.h"
#include "posix/clock.h"
#include "posix/socket_address.h"
#include "posix/startup_error.h"

namespace buddyring {
namespace {

// 0, or why not.
int try_listen(int fd, const SocketAddress& address) {
  const bool listens = ::bind(fd, address.get(), address.size()) == 0 &&
                       ::listen(fd, static_cast<int>(limits::replace_connections_max)) == 0;
  return listens ? 0 : errno;
}

Fd listen_at(const Endpoint& endpoint) {
  const SocketAddress address(endpoint);
  Fd socket{::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket.valid()) {
    throw StartupError("cannot open a socket for ServerReplace: " + std::string(std::strerror(errno)));
  }
  // A restart must not wait for the old connections' TIME_WAIT.
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  // The sockets of an agent that was killed go with its io_uring, which the
  // kernel takes apart a little after the process is gone.
  const Instant give_up = monotonic_now() + limits::replace_listen_timeout;
  int error = 0;
  while ((error = try_listen(socket.get(), address)) == EADDRINUSE && monotonic_now() < give_up) {
    ::poll(nullptr, 0, limits::replace_listen_pause_ms);
  }
  if (error != 0) {
    throw StartupError("cannot listen for ServerReplace at " + endpoint.text() + ": " + std::strerror(error) +
                       (error == EADDRINUSE ? "; choose another --replace-port or stop what uses it" : ""));
  }
  return socket;
}

}  // namespace

ReplaceListener::ReplaceListener(Loop& loop, const Endpoint& endpoint, const PoolKeys& keys, Handler handler)
    : loop_(loop), listener_(listen_at(endpoint)), keys_(keys), handler_(std::move(handler)) {
  arm_accept();
}

void ReplaceListener::arm_accept() { loop_.accept(listener_.get(), pack({.work = Work::accept})); }

void ReplaceListener::on_accept(Instant now, int result) {
  if (result < 0) {
    // Out of descriptors or memory: at once it would fail again.
    ++counters_.broken;
    accept_again_ = now + limits::replace_accept_pause;
    return;
  }
  arm_accept();
  Fd socket{result};
  const auto vacant = [](const Session& session) { return !session.socket.valid(); };
  const auto place = std::ranges::find_if(sessions_, vacant);
  if (place == sessions_.end()) {
    ++counters_.too_many;
    return;
  }
  place->socket = std::move(socket);
  ++place->generation;
  place->deadline = now + limits::replace_connection_timeout;
  place->sending = false;
  place->cancelled = false;
  place->frame.size = 0;
  receive_more(static_cast<uint32_t>(place - sessions_.begin()));
}

void ReplaceListener::on_session(TokenParts parts, int result) {
  Session& session = sessions_.at(parts.index);
  BUDDYRING_ASSERT(session.socket.valid() && session.generation == parts.generation);
  if (session.cancelled) {
    ++counters_.timed_out;
    close(parts.index);
  } else if (session.sending) {
    // Sent or not, it was one message and one acknowledgement.
    close(parts.index);
  } else {
    on_received(parts.index, result);
  }
}

void ReplaceListener::receive_more(uint32_t index) {
  Session& session = sessions_.at(index);
  loop_.receive(session.socket.get(), std::span{session.frame.bytes}.subspan(session.frame.size), token_of(index));
}

void ReplaceListener::on_received(uint32_t index, int result) {
  Session& session = sessions_.at(index);
  if (result <= 0) {
    ++counters_.broken;
    close(index);
    return;
  }
  session.frame.size += static_cast<size_t>(result);
  const FrameSize size = frame_size(session.frame.view());
  if (const auto* error = std::get_if<FrameError>(&size)) {
    on_frame_error(index, *error);
    return;
  }
  const size_t* whole = std::get_if<size_t>(&size);
  if (whole == nullptr || session.frame.size < *whole) {
    receive_more(index);
    return;
  }
  if (session.frame.size > *whole) {
    on_frame_error(index, FrameError::malformed);
    return;
  }
  on_message(index);
}

void ReplaceListener::on_message(uint32_t index) {
  const auto message = sessions_.at(index).frame.view();
  if (!count_seal(keys_.open(message))) {
    close(index);
    return;
  }
  const auto decoded = decode_message(message);
  if (const auto* error = std::get_if<FrameError>(&decoded)) {
    on_frame_error(index, *error);
    return;
  }
  Frame acknowledgement = encode(handler_(std::get<RingMessage>(decoded)));
  keys_.seal_answer(acknowledgement, message);
  answer(index, acknowledgement);
}

bool ReplaceListener::count_seal(Seal seal) {
  switch (seal) {
    case Seal::good:
      return true;
    case Seal::unsigned_refused:
      ++counters_.unsigned_refused;
      break;
    case Seal::unknown_key:
      ++counters_.unknown_key;
      break;
    case Seal::bad_mac:
      ++counters_.bad_mac;
      break;
  }
  return false;
}

void ReplaceListener::on_frame_error(uint32_t index, FrameError error) {
  switch (error) {
    case FrameError::malformed:
      ++counters_.malformed;
      break;
    case FrameError::oversize:
      ++counters_.oversize;
      break;
    case FrameError::version:
      // The one error worth an answer: its sender speaks our protocol. Unsealed,
      // for where that version has its key id is not known.
      ++counters_.other_version;
      answer(index, encode(ReplaceAck{.code = AckCode::refused, .refusal = Refusal::version, .epoch = 0}));
      return;
  }
  close(index);
}

void ReplaceListener::answer(uint32_t index, const Frame& acknowledgement) {
  Session& session = sessions_.at(index);
  session.sending = true;
  session.frame = acknowledgement;
  loop_.send(session.socket.get(), session.frame.view(), token_of(index));
}

void ReplaceListener::expire(Instant now) {
  if (accept_again_ && now >= *accept_again_) {
    accept_again_.reset();
    arm_accept();
  }
  for (uint32_t index = 0; index < sessions_.size(); ++index) {
    Session& session = sessions_.at(index);
    if (session.socket.valid() && !session.cancelled && now >= session.deadline) {
      session.cancelled = true;
      loop_.cancel(token_of(index));
    }
  }
}

std::optional<Instant> ReplaceListener::next_deadline() const {
  std::optional<Instant> next = accept_again_;
  for (const Session& session : sessions_) {
    if (session.socket.valid() && !session.cancelled && (!next || session.deadline < *next)) {
      next = session.deadline;
    }
  }
  return next;
}

void ReplaceListener::close(uint32_t index) { sessions_.at(index).socket.reset(); }

Loop::Token ReplaceListener::token_of(uint32_t index) const {
  return pack({.work = Work::inbound, .index = index, .generation = sessions_.at(index).generation});
}

}  // namespace buddyring

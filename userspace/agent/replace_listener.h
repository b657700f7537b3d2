// SPDX-License-Identifier: Apache-2.0
// ReplaceListener: takes the messages of other servers over TCP.
//
// Theory of operation. A fixed number of sessions, each one message and one
// acknowledgement long, each with a deadline. A session has exactly one
// operation in the loop at a time, and its memory is free again when that
// operation has come back. Whatever is not one whole, well-sealed and
// well-formed message in time is counted by reason, closed, and has no effect.
// The seal is opened first, so that nothing of a stranger's message is read but
// its length.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include "agent/token.h"
#include "core/replace_message.h"
#include "core/time.h"
#include "posix/fd.h"
#include "posix/pool_keys.h"

namespace buddyring {

class ReplaceListener {
 public:
  using Handler = std::function<ReplaceAck(const RingMessage&)>;

  // Throws StartupError when the port is taken. `handler` judges each message
  // whose seal the keys open; they outlive the listener.
  ReplaceListener(Loop& loop, const Endpoint& endpoint, const PoolKeys& keys, Handler handler);

  // Completions of Work::accept and Work::inbound.
  void on_accept(Instant now, int result);
  void on_session(TokenParts parts, int result);
  // Ends the sessions whose time is up.
  void expire(Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  struct Counters {
    uint64_t malformed = 0;
    uint64_t oversize = 0;
    uint64_t other_version = 0;
    uint64_t timed_out = 0;
    uint64_t too_many = 0;
    uint64_t broken = 0;            // closed by the other side half way, or never accepted
    uint64_t unsigned_refused = 0;  // these by Seal
    uint64_t unknown_key = 0;
    uint64_t bad_mac = 0;
    [[nodiscard]] uint64_t sum() const {
      return malformed + oversize + other_version + timed_out + too_many + broken + unsigned_refused + unknown_key +
             bad_mac;
    }
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Session {
    Fd socket;
    uint32_t generation = 0;
    Instant deadline{};
    bool sending = false;
    bool cancelled = false;
    Frame frame;
  };

  void arm_accept();
  void receive_more(uint32_t index);
  void on_received(uint32_t index, int result);
  void on_message(uint32_t index);
  void on_frame_error(uint32_t index, FrameError error);
  // Counts one that is not good; true for a good one.
  bool count_seal(Seal seal);
  void answer(uint32_t index, const Frame& acknowledgement);
  void close(uint32_t index);
  [[nodiscard]] Loop::Token token_of(uint32_t index) const;

  Loop& loop_;
  Fd listener_;
  const PoolKeys& keys_;
  Handler handler_;
  // When to take connections again after the system would not give one.
  std::optional<Instant> accept_again_;
  std::array<Session, limits::replace_connections_max> sessions_;
  Counters counters_;
};

}  // namespace buddyring

// SPDX-License-Identifier: Apache-2.0
// What the ring asks of the server table and what the table's procedures reply.
// The shapes are those of registry/procedures; the registry client fills them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/result.h"
#include "core/server.h"
#include "core/time.h"

namespace buddyring {

// A buddy as the table has it: the server, and the epoch of its own buddy list.
struct BuddyRow {
  Server server;
  Epoch epoch = 0;
  friend bool operator==(const BuddyRow&, const BuddyRow&) = default;
};

// A server's own row. Alone in its pool it has no buddies; of two, each is the
// other's buddy twice.
struct OwnRow {
  Incarnation incarnation = 0;
  Epoch epoch = 0;
  std::optional<BuddyRow> buddy_a;
  std::optional<BuddyRow> buddy_b;
  friend bool operator==(const OwnRow&, const OwnRow&) = default;
};

// ServerAnnounce: `server.incarnation` is a proposal; the table raises it above
// any that this name ever had.
struct AnnounceRequest {
  Server server;
};
struct AnnounceReply {
  bool rejoined = false;  // the row was there: same buddies, new incarnation
  OwnRow own;
};

enum class DeleteReason { dead, left, removed };  // by a buddy's verdict, by itself, by an operator

// What a verdict rests on, for the audit table.
struct Evidence {
  uint64_t last_answer_ns = 0;  // kernel stamp of the last live answer, accuser's CLOCK_MONOTONIC; 0: none ever
  uint64_t verdict_ns = 0;      // when the verdict fell, same clock
  uint32_t misses = 0;
  std::string detail;  // what came instead of live answers
};

// ServerDelete: removes `server` if its incarnation is still `incarnation`
// (0: whatever it is, for operators).
struct DeleteRequest {
  std::string server;
  Incarnation incarnation = 0;
  std::string accuser;
  DeleteReason reason = DeleteReason::dead;
  Evidence evidence;
};
struct DeleteReply {
  enum class Outcome {
    deleted,     // by this call
    already,     // gone before
    superseded,  // there under another incarnation: left alone
    not_buddy,   // the accuser is not its buddy and has no say: left alone
  };
  Outcome outcome = Outcome::already;
  // The deleted server's buddies A and B with their new epochs; set only when
  // deleted, and not when it was alone.
  std::array<std::optional<BuddyRow>, 2> buddies;
  // The accuser's own row afterwards; absent when it is not in the table.
  std::optional<OwnRow> own;
};

// ServerRow: a server's own row, absent when it is not in the table.
struct RowRequest {
  std::string server;
};
struct RowReply {
  std::optional<OwnRow> own;
};

using RegistryRequest = std::variant<AnnounceRequest, DeleteRequest, RowRequest>;

// The outcome of a request. `revalidate`: the registry was only just reached
// again, so a verdict reached before must be confirmed before it is acted on.
struct Revalidate {};
using RegistryReply = std::variant<AnnounceReply, DeleteReply, RowReply, Revalidate, Error>;

}  // namespace buddyring

// SPDX-License-Identifier: Apache-2.0
// What the ring asks of the server table and what the table's procedures reply.
// The shapes are those of registry/procedures; the registry client fills them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

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

// How many servers the ring has, where a reply says so; 0 where it does not, as one by the
// procedures of an earlier release.
using RingSize = uint64_t;

// ServerBeside: where the table would put a new server now. Nothing is changed.
struct BesideRequest {
  std::string server;
  std::string zone;  // "" for none
};
struct BesideReply {
  bool known = false;  // it has a row, which announcing will find again
  // The server beside which it would be put, and that server's buddy on the
  // side in question (the same one, where the pool has only one server); none
  // when the pool is empty or the server is known.
  std::optional<BuddyRow> beside;
  std::optional<BuddyRow> next;
};

// ServerAnnounce: `server.incarnation` is a proposal; the table raises it above
// any that this name ever had. `beside`: the server beside which it is put, ""
// for the table's choice; not_found when that server has gone meanwhile.
struct AnnounceRequest {
  Server server;
  std::string zone{};  // "" for none
  std::string beside{};
};
struct AnnounceReply {
  bool rejoined = false;  // the row was there: same buddies, new incarnation
  OwnRow own;
  RingSize ring_servers = 0;
};

enum class DeleteReason { dead, left, removed };  // by a buddy's verdict, by itself, by an operator

// What the server beyond the dead ones said of the last of them.
enum class WitnessWord {
  none,      // not a verdict: a leave, an operator's removal
  concurs,   // it has missed it as often as a verdict takes
  abstains,  // it lives, but could not judge for as long as it is waited for, or need not be
  closed,    // there is no other server: the dead are all the rest of the pool
  beyond,    // as many as are asked about, and none of them answers
};

// A server that is deleted along with the first, as the accuser saw it.
struct RunMember {
  std::string server;
  Incarnation incarnation = 0;
  friend bool operator==(const RunMember&, const RunMember&) = default;
};

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
  // Of a verdict: the servers beyond the first that are dead too, in the order
  // in which the ring leads away from the accuser; who is beyond them, "" when
  // nobody is left or nobody answered; and what it said.
  std::vector<RunMember> run{};
  std::string witness{};
  WitnessWord word = WitnessWord::none;
};
struct DeleteReply {
  enum class Outcome {
    deleted,     // by this call
    already,     // gone before
    superseded,  // there under another incarnation: left alone
    not_buddy,   // the accuser is not its buddy and has no say: left alone
    changed,     // the run or the witness is not what the table has: ask what is beyond anew
    disputed,    // nobody is left to witness, and one of the accused has just accused the accuser
    capped,      // the accuser has deleted as many as one may within a time
    paused,      // an operator has paused the verdicts of the pool: for maintenance, until a given time
  };
  Outcome outcome = Outcome::already;
  // The two servers that the deletion made each other's buddies, with their new
  // epochs: the deleted server's buddy A and B, or of a run the accuser and the
  // witness. Set only when deleted, and not when nobody is left.
  std::array<std::optional<BuddyRow>, 2> buddies;
  // The accuser's own row afterwards; absent when it is not in the table.
  std::optional<OwnRow> own;
  RingSize ring_servers = 0;  // afterwards
};

// ServerRow: a server's own row, absent when it is not in the table.
struct RowRequest {
  std::string server;
};
struct RowReply {
  std::optional<OwnRow> own;
  RingSize ring_servers = 0;
};

// ServerBeyond: the servers beyond a buddy that is suspected, and a mark in the
// table that the buddy is: whoever can leave one is alive.
struct BeyondRequest {
  std::string server;   // who asks
  std::string suspect;  // its buddy
};
struct BeyondRow {
  BuddyRow row;
  bool faces_with_a = false;  // its buddy A is the server before it on the way, else its buddy B is
};
struct BeyondReply {
  // In the order in which the ring leads away from who asks, without the
  // suspect, limits::beyond_max at most; the last is who asked, when the way
  // round was shorter. Empty when the suspect is not a buddy of who asks.
  std::vector<BeyondRow> beyond;
  std::optional<OwnRow> own;
};

// Of the round trips to a buddy: below 2^`rtt_class` us, as a rule. Class 0: none is known.
struct RttSummary {
  std::string buddy;  // "" for none
  unsigned rtt_class = 0;
  friend bool operator==(const RttSummary&, const RttSummary&) = default;
};

// ServerReport: what operators are shown of the round trips to both buddies. It changes nothing
// of the ring; the table may refuse it, and the ring goes on all the same.
struct ReportRequest {
  std::string server;
  Incarnation incarnation = 0;
  std::array<RttSummary, 2> rtts;  // buddies A and B
};
struct ReportReply {
  bool taken = false;  // else the table has no such server in this incarnation
};

using RegistryRequest =
    std::variant<AnnounceRequest, DeleteRequest, RowRequest, BesideRequest, BeyondRequest, ReportRequest>;

// The outcome of a request. `revalidate`: the registry was only just reached
// again, so a verdict reached before must be confirmed before it is acted on.
struct Revalidate {};
using RegistryReply =
    std::variant<AnnounceReply, DeleteReply, RowReply, BesideReply, BeyondReply, ReportReply, Revalidate, Error>;

}  // namespace buddyring

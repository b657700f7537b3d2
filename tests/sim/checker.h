// SPDX-License-Identifier: Apache-2.0
// Checker: what must hold whatever happens. It looks at the table after each
// change, at each deletion with what the kernels of those concerned knew when it
// was asked for, and at each server that a client is sent to. It uses none of
// the core's own judgement.
//
// What is promised about the living. A verdict may delete a live server only
// when its accuser had heard nothing of it for as long as misses take, and the
// witness, if one is named, had said within the life of its word that it holds
// the same server for dead, on as good grounds; when there is no other witness,
// only when the accused itself was in no position to accuse in turn.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "core/registry_messages.h"
#include "core/replace_message.h"
#include "tests/sim/event_queue.h"
#include "tests/sim/node.h"
#include "tests/sim/registry.h"

namespace buddyring::sim {

struct World;

struct Violation {
  std::string check;  // its name
  std::string text;
  Nanos at = 0;
};

struct DeletionCounts {
  uint64_t dead = 0;         // nothing was there to serve
  uint64_t hung = 0;         // the host was up, its kernel did not vouch for that incarnation
  uint64_t unreachable = 0;  // vouched for, but not heard by those who watch it
  uint64_t left = 0;         // by their own wish
};

class Checker {
 public:
  explicit Checker(World& world) : world_(world) {}

  // --- what it is told ----------------------------------------------------------
  [[nodiscard]] Grounds grounds_of(const Node& accuser, const DeleteRequest& verdict) const;
  void on_deleted(const DeleteRequest& request, const Grounds& grounds);
  void on_table_change();
  void on_accusation(const BeyondRequest& request);
  // A node's kernel is made to say that `buddy` is held for dead.
  void on_doubt(const Node& witness, Instant now, const Server& buddy);
  // A node condemns `buddy`: fails when it should doubt itself.
  void on_verdict(const Node& judge, const std::string& buddy);
  void on_request(const Node& node, const RegistryRequest& request);
  // A node's list has another epoch: it must be what the row was at that epoch.
  void on_list(const Node& node);
  void on_client_sent(const std::string& name);
  // A node begins to join; a member that it asked to expect it said something, or nothing;
  // it is in the table: fails when nobody could hear it all the while, if a member said so.
  void on_joining(const Node& node);
  void on_expect_ended(const Node& node, NodeId member, const std::optional<ReplaceAck>& said);
  void on_announced(const std::string& server);
  void on_effects();
  // From now on nothing is wrong, so nobody alive may be deleted.
  void expect_peace(bool peace) { peace_ = peace; }
  void fail(std::string check, std::string text);

  // --- what it says -----------------------------------------------------------------
  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }
  [[nodiscard]] const DeletionCounts& deletions() const { return deletions_; }
  // What is not yet as it should be when nothing is wrong any more; "" when all is.
  [[nodiscard]] std::string unsettled() const;

 private:
  struct MirrorRow {
    std::string a;
    std::string b;
    Incarnation incarnation = 0;
  };
  [[nodiscard]] std::string objection_to(const Node& accuser, const std::string& victim, Incarnation incarnation) const;
  [[nodiscard]] std::string objection_of_witness(const Node& accuser, const DeleteRequest& verdict) const;
  [[nodiscard]] bool testified(const Node& accuser, const DeleteRequest& verdict) const;
  [[nodiscard]] std::string objection_of_deaf(const Node& accuser, const std::string& victim) const;
  [[nodiscard]] std::string objection_of_accused(const Node& accuser, const std::string& victim,
                                                 Incarnation incarnation) const;
  void check_rules(const DeleteRequest& request);
  void count(const std::string& victim, Incarnation incarnation, const DeleteRequest& request, const Grounds& grounds);
  void check_ring();
  [[nodiscard]] std::string unsettled(const Node& node) const;

  World& world_;
  std::optional<Violation> violation_;
  DeletionCounts deletions_;
  bool peace_ = false;
  std::map<std::string, MirrorRow> mirror_;  // the rows before the change under way
  // What each row was at each epoch.
  std::map<std::string, std::map<Epoch, std::array<std::string, 2>>> history_;
  std::map<std::string, Nanos> deleted_at_;
  // The last word on each node that joins, by node and member: does it hear its answers?
  std::map<NodeId, std::map<NodeId, Refusal>> hears_;
  struct Mark {
    std::string by{};
    Nanos at = 0;
  };
  std::map<std::string, std::array<Mark, 2>> marks_;  // of suspicion, by side
  std::map<std::string, std::deque<Nanos>> deletions_by_;
  Nanos registry_well_since_ = 0;
  Nanos router_well_since_ = 0;  // the same for the router
};

}  // namespace buddyring::sim

// SPDX-License-Identifier: Apache-2.0
// The ring and the table; deletions of the living are in checker_grounds.cc.
#include "tests/sim/checker.h"

#include <algorithm>

#include "core/limits.h"
#include "tests/sim/addresses.h"
#include "tests/sim/describe.h"
#include "tests/sim/world.h"

namespace buddyring::sim {
namespace {

// Above this the ring is not walked at each change.
constexpr size_t walked_max = 512;

}  // namespace

void Checker::fail(std::string check, std::string text) {
  if (!violation_) {
    world_.trace.line(world_.now, "CHECKER", check + ": " + text);
    violation_ = Violation{std::move(check), std::move(text), world_.now};
  }
}

void Checker::on_effects() {
  const Effects& effects = world_.effects;
  if (effects.registry_down || effects.registry_delay > 0 || effects.reply_loss > 0 ||
      !effects.without_registry.empty()) {
    registry_well_since_ = never;
  } else if (registry_well_since_ == never) {
    registry_well_since_ = world_.now;
  }
  if (effects.registry_down || effects.registry_delay > 0 || effects.router_without_registry) {
    router_well_since_ = never;
  } else if (router_well_since_ == never) {
    router_well_since_ = world_.now;
  }
}

// --- the ring ---------------------------------------------------------------------

void Checker::on_table_change() {
  const ModelTable& table = world_.registry.table();
  if (table.size() > walked_max) {
    mirror_.clear();
    history_.clear();
    return;
  }
  check_ring();
  for (const auto& [name, before] : mirror_) {
    if (table.find(name) == nullptr) {
      deleted_at_[name] = world_.now;
      marks_.erase(name);  // the mark goes with the row
    }
  }
  mirror_.clear();
  for (const auto& [name, row] : table.rows()) {
    mirror_[name] = {row.a, row.b, row.server.incarnation};
    history_[name][row.epoch] = {row.a, row.b};
  }
}

void Checker::check_ring() {
  const ModelTable& table = world_.registry.table();
  for (const auto& [name, row] : table.rows()) {
    const ModelTable::Row* a = table.find(row.a);
    const ModelTable::Row* b = table.find(row.b);
    const size_t watchers = a == nullptr || b == nullptr ? 0 : a == b ? 1 : 2;
    const auto counts = [&self = row.server.name](const ModelTable::Row* other) {
      return other->a == self || other->b == self;
    };
    if (watchers != std::min<size_t>(2, table.size() - 1)) {
      fail("watched",
           name + " has " + std::to_string(watchers) + " watchers of " + std::to_string(table.size()) + " servers");
    } else if (watchers > 0 && (row.a == name || row.b == name || !counts(a) || !counts(b))) {
      fail("watched", name + " is not watched by those whom it watches");
    }
  }
  if (table.rows().empty() || violation_) {
    return;
  }
  const std::string& first = table.rows().begin()->first;
  std::string before = table.rows().begin()->second.b;
  std::string name = first;
  size_t steps = 0;
  do {
    const ModelTable::Row& row = *table.find(name);
    std::string next = row.a == before ? row.b : row.a;
    before = std::exchange(name, std::move(next));
    ++steps;
  } while (!name.empty() && name != first && steps <= table.size());
  if (steps != table.size()) {
    fail("cycle", "the way round from " + first + " has " + std::to_string(steps) + " steps for " +
                      std::to_string(table.size()) + " servers");
  }
}

// docs/router.md: not longer after its deletion than --max-staleness, and while the
// table can be reached than a refresh and a query. How the router goes about it is
// not looked at here.
void Checker::on_client_sent(const std::string& name) {
  const auto deleted = deleted_at_.find(name);
  if (deleted == deleted_at_.end() || world_.registry.table().find(name) != nullptr) {
    return;
  }
  const Nanos ago = world_.now - deleted->second;
  const std::string what = "a client is sent to " + name + ", deleted " + std::to_string(ago / millisecond) + " ms ago";
  if (ago > world_.setup.router_staleness) {
    fail("client", what);
  }
  // The query under way at the deletion may have read before it. One that began
  // while something was wrong may hang, and be waited for again.
  const Nanos query = 4 * world_.setup.registry_latency;
  const Nanos recovery = nanos(limits::registry_query_timeout) + nanos(limits::registry_backoff_max);
  const Nanos told_by = world_.setup.router_refresh + 2 * query;
  if (router_well_since_ < world_.now - told_by - recovery && ago > told_by) {
    fail("client", what + ", although the router could ask");
  }
}

// --- newcomers ----------------------------------------------------------------------------

void Checker::on_joining(const Node& node) { hears_.erase(node.id()); }

void Checker::on_expect_ended(const Node& node, NodeId member, const std::optional<ReplaceAck>& said) {
  const bool says = said && (said->code == AckCode::applied || said->refusal == Refusal::unheard);
  if (says) {
    hears_[node.id()][member] = said->refusal;
  } else {
    hears_[node.id()].erase(member);
  }
}

void Checker::on_announced(const std::string& server) {
  const Node* node = world_.node_named(server);
  if (node == nullptr || node->unheard_since() > node->joining_since()) {
    return;
  }
  for (const auto& [member, refusal] : hears_[node->id()]) {
    fail("unheard", server + " is announced though its answers are lost, and " + world_.node(member).name() +
                        (refusal == Refusal::none ? " hears it" : " said that it does not hear it"));
  }
}

// --- the table's own rules ------------------------------------------------------------

void Checker::on_accusation(const BeyondRequest& request) {
  const auto suspect = mirror_.find(request.suspect);
  if (suspect == mirror_.end()) {
    return;
  }
  // A newer buddy's mark takes the place of the one before it on its side.
  const std::array<std::string, 2> buddies{suspect->second.a, suspect->second.b};
  for (size_t side = 0; side < buddies.size(); ++side) {
    if (buddies.at(side) == request.server) {
      marks_[request.suspect].at(side) = {request.server, world_.now};
    }
  }
}

void Checker::check_rules(const DeleteRequest& request) {
  const auto row = mirror_.find(request.server);
  if (row == mirror_.end()) {
    return;
  }
  if (request.incarnation != row->second.incarnation) {
    fail("incarnation", request.server + " was deleted under an incarnation that it no longer has");
  }
  if (row->second.a != request.accuser && row->second.b != request.accuser) {
    fail("accuser", request.accuser + " deleted " + request.server + ", whose buddy it is not");
  }
  if (world_.registry.table().find(request.accuser) == nullptr) {
    fail("accuser", request.accuser + " deleted " + request.server + " and is itself in no table");
  }
  if (world_.effects.verdicts_paused) {
    fail("pause", request.accuser + " deleted " + request.server + " though the pool's verdicts are paused");
  }
  std::string before = request.server;
  std::string next = row->second.a == request.accuser ? row->second.b : row->second.a;
  for (const RunMember& member : request.run) {
    const auto found = mirror_.find(member.server);
    if (member.server != next || found == mirror_.end() || found->second.incarnation != member.incarnation) {
      fail("run", member.server + " is not the next one of the run");
      return;
    }
    next = std::exchange(before, member.server) == found->second.a ? found->second.b : found->second.a;
  }
  const bool witnessed = request.word == WitnessWord::concurs || request.word == WitnessWord::abstains;
  if ((witnessed && next != request.witness) || (request.word == WitnessWord::closed && next != request.accuser)) {
    fail("run", "the run that " + request.accuser + " deleted ends before " + next);
  }
  const bool alone = request.word == WitnessWord::closed || request.word == WitnessWord::beyond;
  for (const auto& [by, at] : marks_[request.accuser]) {
    const bool deleted =
        by == request.server || std::ranges::find(request.run, by, &RunMember::server) != request.run.end();
    if (alone && deleted && !by.empty() && world_.now - at < nanos(limits::mark_window)) {
      fail("disputed", request.accuser + " was itself accused by " + by + ", and no other witness was left");
    }
  }
  std::deque<Nanos>& recent = deletions_by_[request.accuser];
  std::erase_if(recent, [&](Nanos at) { return at <= world_.now - nanos(limits::deletions_window); });
  recent.insert(recent.end(), 1 + request.run.size(), world_.now);
  if (recent.size() > limits::deletions_max) {
    fail("cap", request.accuser + " deleted " + std::to_string(recent.size()) + " servers within the window");
  }
}

// --- lists ------------------------------------------------------------------------------

void Checker::on_list(const Node& node) {
  const BuddyList& list = node.core()->buddies();
  const auto rows = history_.find(node.name());
  if (rows == history_.end() || list.epoch() == 0) {
    return;
  }
  const auto row = rows->second.find(list.epoch());
  const auto name = [](const std::optional<Server>& buddy) { return buddy ? buddy->name : ""; };
  if (row == rows->second.end()) {
    fail("list", node.name() + " has a list of epoch " + std::to_string(list.epoch()) + ", which its row never had");
  } else if (row->second != std::array{name(list.a()), name(list.b())}) {
    fail("list", node.name() + " has the list (" + name(list.a()) + "," + name(list.b()) + ") of epoch " +
                     std::to_string(list.epoch()) + ", when its row was (" + row->second[0] + "," + row->second[1] +
                     ")");
  }
}

// --- when all is well ------------------------------------------------------------------

std::string Checker::unsettled() const {
  size_t members = 0;
  for (const auto& node : world_.nodes) {
    if (std::string what = unsettled(*node); !what.empty()) {
      return what;
    }
    members += node->has_agent() ? 1 : 0;
  }
  const ModelTable& table = world_.registry.table();
  if (members == table.size() || members == 0) {
    return "";  // or nobody is left who could find out
  }
  for (const auto& [name, row] : table.rows()) {
    const Node* node = world_.node_named(name);
    if (node == nullptr || !node->has_agent()) {
      return "the table still has " + name;
    }
  }
  return "the table has " + std::to_string(table.size()) + " rows for " + std::to_string(members) + " servers";
}

std::string Checker::unsettled(const Node& node) const {
  if (!node.has_agent()) {
    return node.up() && node.wanted() ? node.name() + " has no agent" : "";
  }
  const RingMember& core = *node.core();
  if (core.state() != MemberState::member) {
    return node.name() + " is no member";
  }
  const ModelTable::Row* row = world_.registry.table().find(node.name());
  if (row == nullptr || row->server.incarnation != core.self().incarnation) {
    return node.name() + (row == nullptr ? " has no row" : " has a row under another incarnation");
  }
  const BuddyList& list = core.buddies();
  const auto same = [&](const std::optional<Server>& buddy, const std::string& name) {
    const ModelTable::Row* other = world_.registry.table().find(name);
    return name.empty() ? !buddy : other != nullptr && buddy == other->server;
  };
  if (!same(list.a(), row->a) || !same(list.b(), row->b) || list.epoch() != row->epoch) {
    return node.name() + " has another list than the table";
  }
  for (const unsigned slot : core.watches().in_use()) {
    const Watch& watch = *core.watches().in(slot);
    if (watch.detector.state() == BuddyState::condemned) {
      return node.name() + " condemns " + watch.server.name;
    }
  }
  return "";
}

}  // namespace buddyring::sim

// SPDX-License-Identifier: Apache-2.0
// ModelPool: several RingMembers, a ModelTable, and a kernel and a network that
// do what a test tells them, in steps of one interval. Whoever is up answers at
// once; losses and outages are switches. What a server that starts has to wait for
// takes milliseconds, in which no tick comes round.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/ring_member.h"
#include "tests/model/table.h"

namespace buddyring {

class ModelPool {
 public:
  static constexpr Duration interval = std::chrono::milliseconds{10};

  struct Node {
    std::unique_ptr<RingMember> core;
    bool up = true;          // its kernel answers and its agent runs
    bool agent_runs = true;  // false: the kernel still answers, the lease goes stale
    bool lease_fresh = true;
    bool keep_stale = false;
    bool uncounted_matters = true;  // false: answers hide that they do not count it
    std::map<unsigned, Observation> seen;
    std::vector<Event> events;
  };

  bool registry_up = true;
  bool replies_revalidate = false;  // to verdicts: the registry was only just reached again
  bool lose_replaces = false;
  bool refuses_reports = false;
  std::vector<ReportRequest> reports;
  std::set<std::pair<std::string, std::string>> cut;  // {from, to}: probes of one do not reach the other

  std::set<std::pair<std::string, std::string>> unresolved;  // {from, to}: probes wait for the neighbour

  // A name is a letter and a number, which give the address. `resumed`: in that
  // incarnation, as the member that it was.
  Node& start(const std::string& name, std::optional<Incarnation> resumed = std::nullopt) {
    Node& node = nodes_[name];
    node = Node{};
    node.core = std::make_unique<RingMember>(
        RingMember::Settings{
            .pool = "p",
            .self = {.name = name,
                     .address = *Address::parse("10.0." + std::to_string(name.at(0)) + "." + name.substr(1)),
                     .replace_port = 7946,
                     .incarnation = resumed.value_or(1)},
            .detection = {.interval = interval, .misses = 3},
            .resumes = resumed.has_value()},
        now);
    drain(node);
    for (int i = 0; i < 5 && node.core->state() == MemberState::joining; ++i) {
      now += std::chrono::milliseconds{1};
      drain_all();
    }
    return node;
  }
  // Whether the answers of `name` arrive.
  void set_heard(const std::string& name, bool heard) {
    heard ? static_cast<void>(unheard_.erase(name)) : static_cast<void>(unheard_.insert(name));
  }

  Node& operator[](const std::string& name) { return nodes_.at(name); }

  void step(int times = 1, Duration length = interval) {
    for (int i = 0; i < times; ++i) {
      now += length;
      for (auto& [name, node] : nodes_) {
        if (node.up && node.agent_runs) {
          observe(node);
          node.core->handle_timeout(now);
          drain(node);
        }
      }
      drain_all();  // what messages left to be done, an agent does at once
    }
  }

  // Every live member's list is its row of the table, and the other way round.
  [[nodiscard]] std::string disagreement() {
    size_t members = 0;
    for (auto& [name, node] : nodes_) {
      if (!node.up || node.core->state() != MemberState::member) {
        continue;
      }
      ++members;
      const ModelTable::Row* row = table.find(name);
      if (row == nullptr) {
        return name + " has no row";
      }
      const BuddyList& list = node.core->buddies();
      const std::string a = list.a() ? list.a()->name : "";
      const std::string b = list.b() ? list.b()->name : "";
      if (a != row->a || b != row->b || list.epoch() != row->epoch) {
        return name + " has " + a + "," + b + " and the table " + row->a + "," + row->b;
      }
    }
    return members == table.size() ? "" : "the table has rows of the dead";
  }

  [[nodiscard]] static size_t count(const Node& node, EventKind kind, const std::string& detail = "") {
    return static_cast<size_t>(std::ranges::count_if(node.events, [&](const Event& event) {
      return event.kind == kind && (detail.empty() || event.detail == detail);
    }));
  }

  ModelTable table{[this](uint64_t below) { return random_++ % below; }};
  Instant now{std::chrono::seconds{1}};

 private:
  void drain_all() {
    for (auto& [name, node] : nodes_) {
      if (node.up && node.agent_runs) {
        observe(node);
        drain(node);
      }
    }
  }

  void observe(Node& node) {
    for (const unsigned slot : node.core->watches().in_use()) {
      node.core->handle_observation(now, slot, node.seen[slot]);
    }
  }

  // What the target's kernel answers to a probe sent now.
  void probe(Node& from, const RingMember::ProbeOrder& order) {
    const std::string& asker = from.core->self().name;
    if (unresolved.contains({asker, from.core->watches().in(order.slot)->server.name})) {
      return;
    }
    Observation& seen = from.seen[order.slot];
    seen.departed_number = order.number;
    seen.departed = now;
    const Server& expected = from.core->watches().in(order.slot)->server;
    const auto target = nodes_.find(expected.name);
    if (target == nodes_.end() || !target->second.up || cut.contains({asker, expected.name}) ||
        unheard_.contains(expected.name)) {
      return;
    }
    const RingMember& core = *target->second.core;
    AnswerClass answer = AnswerClass::live;
    if (core.state() != MemberState::member && core.state() != MemberState::leaving) {
      answer = AnswerClass::not_member;
    } else if (core.self().incarnation != expected.incarnation) {
      answer = AnswerClass::other_incarnation;
    } else if (!target->second.lease_fresh) {
      answer = target->second.keep_stale ? AnswerClass::stale_kept : AnswerClass::stale_lease;
    }
    seen.rtt = std::chrono::microseconds{50};
    const Instant arrival = now + seen.rtt;
    if (answer == AnswerClass::live || answer == AnswerClass::stale_kept) {
      seen.kept = answer == AnswerClass::stale_kept;
      seen.last_live = arrival;
      ++seen.live_answers;
      seen.counts_us = core.buddies().contains(asker) || !from.uncounted_matters;
      const Word word = core.word();
      seen.word_fresh = now <= word.until;
      seen.doubts_a = word.doubts_a;
      seen.doubts_b = word.doubts_b;
      seen.epoch = core.buddies().epoch();
    } else {
      seen.last_other = arrival;
      seen.last_other_class = answer;
      seen.other_incarnation = core.self().incarnation;
    }
  }

  void drain(Node& node) {
    bool busy = true;
    while (busy) {
      busy = false;
      while (const auto change = node.core->poll_watch_change()) {
        if (!change->role_only) {
          node.seen[change->slot] = {};
        }
      }
      while (const auto order = node.core->poll_probe()) {
        probe(node, *order);
      }
      static_cast<void>(node.core->poll_withdrawal());
      if (const auto request = node.core->poll_registry_request(now)) {
        node.core->handle_registry_reply(now, call(*request));
        busy = true;
      }
      while (const auto order = node.core->poll_replace_order(now)) {
        node.core->handle_replace_result(now, order->id, deliver(*order));
        busy = true;
      }
      while (auto event = node.core->poll_event()) {
        node.events.push_back(std::move(*event));
      }
    }
  }

  RegistryReply call(const RegistryRequest& request) {
    if (!registry_up) {
      return Error{ErrorKind::unreachable, "no registry"};
    }
    if (replies_revalidate && std::holds_alternative<DeleteRequest>(request)) {
      return Revalidate{};
    }
    if (const auto* announce = std::get_if<AnnounceRequest>(&request)) {
      auto announced = table.announce(*announce, now);
      return announced ? RegistryReply(announced.value()) : RegistryReply(announced.error());
    }
    if (const auto* verdict = std::get_if<DeleteRequest>(&request)) {
      return table.remove(*verdict, now);
    }
    if (const auto* beside = std::get_if<BesideRequest>(&request)) {
      return table.beside(*beside);
    }
    if (const auto* beyond = std::get_if<BeyondRequest>(&request)) {
      return table.beyond(*beyond, now);
    }
    if (const auto* report = std::get_if<ReportRequest>(&request)) {
      reports.push_back(*report);
      return refuses_reports ? RegistryReply(Error{ErrorKind::access_denied, "no right to"})
                             : RegistryReply(ReportReply{.taken = true});
    }
    return table.row(std::get<RowRequest>(request));
  }

  std::optional<ReplaceAck> deliver(const ReplaceOrder& order) {
    const auto to = nodes_.find(order.to.name);
    if ((lose_replaces && std::holds_alternative<ReplaceMessage>(order.message)) || to == nodes_.end() ||
        !to->second.up || !to->second.agent_runs) {
      return std::nullopt;
    }
    const ReplaceAck acknowledgement = to->second.core->handle_message(now, order.message);
    return acknowledgement;
  }

  std::map<std::string, Node> nodes_;
  std::set<std::string> unheard_;
  uint64_t random_ = 0;
};

}  // namespace buddyring

// SPDX-License-Identifier: Apache-2.0
// What a server costs in pools of 10 to 200, against serf.
//
// Theory of operation. Both are set up for each size and then measured in turns. Every server
// counts: a sample is the mean of all. Packets are the interface's, both directions together.
#include <algorithm>
#include <array>
#include <set>

#include "tests/compare/row.h"
#include "tests/compare/serf.h"
#include "tests/compare/window.h"
#include "tests/lab/neighbours.h"
#include "tests/lab/pool.h"
#include "tests/lab/usage.h"
#include "tests/lab/whole_ring.h"

namespace buddyring::compare {
namespace {

constexpr std::array<unsigned, 3> sizes{10, 50, 200};
constexpr auto window = std::chrono::seconds{3};
constexpr auto settle_patience = std::chrono::seconds{120};
constexpr uint16_t gossip_port = 7954;
constexpr double flat_within = 0.05;

struct Member {
  lab::Host* host;
  pid_t pid;
};

struct Rate {
  double packets = 0;  // a second
  double cpu_ms = 0;   // a second
};

Rate so_far(const std::vector<Member>& members) {
  Rate sum;
  for (const Member& member : members) {
    const lab::Traffic traffic = lab::traffic_of(*member.host);
    sum.packets += traffic.packets_in + traffic.packets_out;
    sum.cpu_ms += lab::cpu_ns(member.pid) / 1e6;
  }
  return sum;
}

// Of one server.
Rate rate_of(const std::vector<Member>& members) {
  const Rate before = so_far(members);
  const double seconds = let_pass(window);
  const Rate after = so_far(members);
  const double parts = seconds * static_cast<double>(members.size());
  return {.packets = (after.packets - before.packets) / parts, .cpu_ms = (after.cpu_ms - before.cpu_ms) / parts};
}

// By size: what each sample of that program gave.
struct Both {
  Series packets;
  Series cpu_ms;
  explicit Both(const std::string& who) : packets{.who = who, .values = {}}, cpu_ms{.who = who, .values = {}} {}
  void sample(const std::vector<Member>& members) {
    const Rate rate = rate_of(members);
    packets.values.push_back(rate.packets);
    cpu_ms.values.push_back(rate.cpu_ms);
  }
};

struct Sized {
  Both ours;
  Both serf;
};

Sized measure(lab::Lab& lab, unsigned size) {
  lab::Pool pool(lab, {.interval = "100ms"});
  std::set<std::string> all;
  std::vector<lab::Host*> members{&lab.registry()};
  for (unsigned number = 1; number <= size; ++number) {
    all.insert(lab::server_name(number));
    members.push_back(&pool.prepare(lab::server_name(number)).host());
  }
  lab::make_neighbours(members);
  std::vector<Member> ours;
  for (const std::string& server : all) {
    pool[server].start();
    ours.push_back({&pool[server].host(), pool[server].process().pid()});
  }
  lab::settle(pool, all, settle_patience);
  std::vector<std::unique_ptr<lab::Host>> hosts;
  members.clear();
  for (unsigned number = 0; number < size; ++number) {
    hosts.push_back(lab.new_host("serf"));
    members.push_back(hosts.back().get());
  }
  lab::make_neighbours(members);
  SerfCluster serf(lab, hosts, "lan", gossip_port);
  std::vector<Member> theirs;
  for (size_t number = 0; number < hosts.size(); ++number) {
    theirs.push_back({hosts[number].get(), serf.agent(number).pid()});
  }
  Sized sized{.ours = Both("buddyd, " + std::to_string(size)), .serf = Both("serf, " + std::to_string(size))};
  for (unsigned round = 0; round < rounds_min; ++round) {
    sized.ours.sample(ours);
    sized.serf.sample(theirs);
  }
  return sized;
}

// Ours of each size, then serf's.
Result result_of(const std::vector<Sized>& all, Series Both::*what) {
  Result result;
  for (const Sized& sized : all) {
    result.series.push_back(sized.ours.*what);
    result.series.back().is_peer = false;
  }
  const auto [least, most] = std::ranges::minmax(result.series, {}, &Series::median);
  result.verdict = verdict_of(most.median() <= least.median() * (1 + flat_within));
  const double largest = (all.back().ours.*what).median() / (all.back().serf.*what).median();
  result.note = "ours: medians from " + number_text(least.median()) + " to " + number_text(most.median()) +
                "; in the largest pool " + number_text(largest) + " times serf's";
  for (const Sized& sized : all) {
    result.series.push_back(sized.serf.*what);
    // Of other sizes than the first of ours: a ratio to that would mislead.
    result.series.back().is_peer = false;
  }
  result.target = "ours within 5 % for all sizes";
  return result;
}

}  // namespace

std::vector<Result> scale(lab::Lab& lab, const Settings& /*settings*/) {
  std::vector<Sized> all;
  all.reserve(sizes.size());
  for (const unsigned size : sizes) {
    all.push_back(measure(lab, size));
  }
  Result packets = result_of(all, &Both::packets);
  packets.name = "scale-packets";
  packets.title = "packets a server in pools of 10 to 200, 100 ms";
  packets.unit = "packets a second";
  Result cpu = result_of(all, &Both::cpu_ms);
  cpu.name = "scale-cpu";
  cpu.title = "CPU a server in pools of 10 to 200, 100 ms";
  cpu.unit = "ms a second";
  return {std::move(packets), std::move(cpu)};
}

}  // namespace buddyring::compare

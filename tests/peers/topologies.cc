// SPDX-License-Identifier: Apache-2.0
// What watching costs a server: the ring against everybody pinging everybody and
// one centre pinging all, at the same period, in namespaces of the same kind.
//
// Theory of operation. Each size and scheme runs for the same time. Packets and bytes
// are what the server's own interface counted, both directions together; CPU is what
// the kernel charged the server's process (an agent, or fping) with. Answering pings
// is the kernel's in all three, is charged to nobody, and grows with the packets.
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <set>
#include <stdexcept>
#include <vector>

#include "posix/clock.h"
#include "tests/lab/lab.h"
#include "tests/lab/neighbours.h"
#include "tests/lab/pool.h"
#include "tests/lab/usage.h"
#include "tests/lab/wait.h"
#include "tests/lab/whole_ring.h"
#include "tests/peers/peers.h"

namespace buddyring::peers {
namespace {

constexpr std::array<unsigned, 4> sizes{8, 16, 32, 64};
// The two cores must carry 64 servers that all ping all.
constexpr const char* period = "250ms";
constexpr const char* fping_period_ms = "250";
constexpr auto window = std::chrono::seconds{8};
constexpr auto settle_patience = std::chrono::seconds{60};
constexpr double flat_within = 0.05;
// Fewer packets than this part of what a scheme sends: they were not sent as they should.
constexpr double sent_at_least = 0.9;
constexpr double periods_a_second = 4;

// In a second.
struct Usage {
  double packets = 0;
  double bytes = 0;
  double cpu_ms = 0;
};

struct Watched {
  lab::Host* host;
  pid_t pid;  // 0: it only answers
};

Usage usage_of(const Watched& server) {
  const lab::Traffic traffic = lab::traffic_of(*server.host);
  return {.packets = traffic.packets_in + traffic.packets_out,
          .bytes = traffic.bytes_in + traffic.bytes_out,
          .cpu_ms = server.pid == 0 ? 0 : lab::cpu_ns(server.pid) / 1e6};
}

// A second of each server, in their order.
std::vector<Usage> measure(const std::vector<Watched>& servers) {
  std::vector<Usage> before;
  for (const Watched& server : servers) {
    before.push_back(usage_of(server));
  }
  const Instant end = monotonic_now() + window;
  static_cast<void>(lab::wait_until([&] { return monotonic_now() >= end; }, 2 * window));
  std::vector<Usage> rates;
  const auto seconds = static_cast<double>(window.count());
  for (size_t index = 0; index < servers.size(); ++index) {
    const Usage after = usage_of(servers[index]);
    rates.push_back({.packets = (after.packets - before[index].packets) / seconds,
                     .bytes = (after.bytes - before[index].bytes) / seconds,
                     .cpu_ms = (after.cpu_ms - before[index].cpu_ms) / seconds});
  }
  return rates;
}

Usage mean(const std::vector<Usage>& all) {
  Usage sum;
  for (const Usage& one : all) {
    sum.packets += one.packets;
    sum.bytes += one.bytes;
    sum.cpu_ms += one.cpu_ms;
  }
  const auto count = static_cast<double>(all.size());
  return {sum.packets / count, sum.bytes / count, sum.cpu_ms / count};
}

Usage ring(lab::Lab& lab, unsigned size) {
  lab::AgentSettings settings;
  settings.interval = period;
  lab::Pool pool(lab, settings);
  const std::set<std::string> all = lab::fill(pool, size, settle_patience);
  std::vector<Watched> servers;
  for (const std::string& server : all) {
    servers.push_back({&pool[server].host(), pool[server].process().pid()});
  }
  return mean(measure(servers));
}

// `expected`: packets in a period.
void check_sent(const char* scheme, const Usage& usage, double expected) {
  if (usage.packets < sent_at_least * expected * periods_a_second) {
    throw std::runtime_error(std::string{scheme} + ": " + std::to_string(usage.packets) + " packets a second, not " +
                             std::to_string(expected * periods_a_second));
  }
}

// The centre first, when there is one.
std::vector<Usage> pinging(lab::Lab& lab, unsigned size, bool everybody) {
  std::vector<std::unique_ptr<lab::Host>> hosts;
  for (unsigned number = 0; number < size; ++number) {
    hosts.push_back(lab.new_host("p" + std::to_string(number)));
  }
  std::vector<lab::Host*> all;
  for (const auto& host : hosts) {
    all.push_back(host.get());
  }
  lab::make_neighbours(all);
  std::vector<std::unique_ptr<lab::Process>> processes;
  std::vector<Watched> servers;
  for (const auto& host : hosts) {
    pid_t pid = 0;
    if (everybody || servers.empty()) {
      // -i: between two packets; with a pause there, the two cores fall behind at 64 servers.
      lab::Command command{.argv = {"fping", "-q", "-l", "-i", "0", "-p", fping_period_ms}};
      for (const auto& other : hosts) {
        if (other != host) {
          command.argv.push_back(other->address());
        }
      }
      processes.push_back(std::make_unique<lab::Process>(host->inside(), command));
      pid = processes.back()->pid();
    }
    servers.push_back({host.get(), pid});
  }
  return measure(servers);
}

void print(unsigned size, const char* scheme, const Usage& usage) {
  std::printf("%5u  %-22s %12.0f %12.0f %12.2f\n", size, scheme, usage.packets, usage.bytes, usage.cpu_ms);
}

// From the two largest sizes, as a straight line: what a server pays in a pool of `size`.
Usage along(const Usage& smaller, const Usage& larger, unsigned size) {
  const auto at = [size](double low, double high) {
    return high + (high - low) / (sizes[3] - sizes[2]) * (size - sizes[3]);
  };
  return {at(smaller.packets, larger.packets), at(smaller.bytes, larger.bytes), at(smaller.cpu_ms, larger.cpu_ms)};
}

}  // namespace

bool topologies() {
  lab::Lab lab;
  std::printf("a probe every %s; a second of one server, both directions together\n\n", period);
  std::printf("%5s  %-22s %12s %12s %12s\n", "n", "scheme", "packets/s", "bytes/s", "CPU ms/s");
  std::vector<Usage> rings;
  std::vector<Usage> meshes;
  std::vector<Usage> centres;
  for (const unsigned size : sizes) {
    rings.push_back(ring(lab, size));
    print(size, "ring", rings.back());
    check_sent("ring", rings.back(), 8);
    meshes.push_back(mean(pinging(lab, size, true)));
    print(size, "all ping all", meshes.back());
    check_sent("all ping all", meshes.back(), 4.0 * (size - 1));
    centres.push_back(pinging(lab, size, false).front());
    print(size, "one pings all: it", centres.back());
    check_sent("one pings all", centres.back(), 2.0 * (size - 1));
  }
  std::printf(
      "\nextrapolated from n = %u and %u; the ring, where a server has two buddies in any pool, is as measured\n",
      sizes[2], sizes[3]);
  for (const unsigned size : {1000U, 10'000U}) {
    print(size, "ring", mean(rings));
    print(size, "all ping all", along(meshes[2], meshes[3], size));
    print(size, "one pings all: it", along(centres[2], centres[3], size));
  }
  const auto [least, most] = std::ranges::minmax(rings, {}, &Usage::packets);
  const bool flat = most.packets <= least.packets * (1 + flat_within);
  std::printf("\nring: %.1f to %.1f packets/s a server; target: within 5 %%, %s\n", least.packets, most.packets,
              flat ? "met" : "MISSED");
  return flat;
}

}  // namespace buddyring::peers

// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/subject.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include "posix/clock.h"

namespace buddyring::differential {
namespace {

constexpr const char* pool = "web";
constexpr uint32_t loopback_ifindex = 1;  // by which BPF_PROG_TEST_RUN has frames come

void require(bool good, const std::string& what) {
  if (!good) {
    throw std::runtime_error(what);
  }
}

uint32_t run(int program_fd, const Bytes& frame, Bytes& after) {
  after.resize(frame_bytes_max);
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.data_in = frame.data();
  options.data_size_in = static_cast<uint32_t>(frame.size());
  options.data_out = after.data();
  options.data_size_out = static_cast<uint32_t>(after.size());
  options.repeat = 1;
  const int error = bpf_prog_test_run_opts(program_fd, &options);
  require(error == 0, std::string("BPF_PROG_TEST_RUN: ") + std::strerror(-error));
  after.resize(options.data_size_out);
  return options.retval;
}

// What ended or will end so far from now that no frame meets the instant.
uint64_t expiry_ns(bool holds) {
  const Instant now = monotonic_now();
  return to_ns(holds ? now + std::chrono::hours{1} : now - std::chrono::milliseconds{1});
}

}  // namespace

bool may_come_at_tc(const Bytes& frame) {
  const auto type = get<uint16_t>(frame.data() + ethernet_header_bytes - 2);
  const size_t header_bytes = type == type_ipv4 ? ipv4_header_bytes : type == type_ipv6 ? ipv6_header_bytes : 1;
  return frame.size() >= ethernet_header_bytes + header_bytes;
}

Subject::Subject()
    : slots_(skeleton_, pool),
      agent_(bpf_map__fd(skeleton_->maps.agent), 1, "agent"),
      states_(bpf_map__fd(skeleton_->maps.peer_state), BUDDYRING_MAX_PEERS, "peer_state"),
      histograms_(bpf_map__fd(skeleton_->maps.rtt_histogram), BUDDYRING_MAX_PEERS, "rtt_histogram"),
      counters_(BUDDYRING_VERDICTS * static_cast<size_t>(libbpf_num_possible_cpus())) {}

uint32_t Subject::run_judge(lab::Hook hook, const Bytes& frame, Bytes& after) {
  const auto& programs = skeleton_->progs;
  return run(bpf_program__fd(hook == lab::Hook::xdp ? programs.buddyring_xdp : programs.buddyring_ingress), frame,
             after);
}

uint32_t Subject::run_egress(const Bytes& frame, Bytes& after) {
  return run(bpf_program__fd(skeleton_->progs.buddyring_egress), frame, after);
}

std::array<uint64_t, BUDDYRING_VERDICTS> Subject::verdicts() {
  std::array<uint32_t, BUDDYRING_VERDICTS> keys{};
  uint32_t next = 0;
  uint32_t count = BUDDYRING_VERDICTS;
  const int error = bpf_map_lookup_batch(bpf_map__fd(skeleton_->maps.verdicts), nullptr, &next, keys.data(),
                                         counters_.data(), &count, nullptr);
  require((error == 0 || error == -ENOENT) && count == BUDDYRING_VERDICTS, "read the verdicts");
  std::array<uint64_t, BUDDYRING_VERDICTS> sums{};
  const size_t cpus = counters_.size() / BUDDYRING_VERDICTS;
  for (size_t i = 0; i < counters_.size(); ++i) {
    sums[keys[i / cpus]] += counters_[i];
  }
  return sums;
}

void Subject::set_self(const Self& self) {
  buddyring_agent& agent = agent_[0];
  agent.identity = self.identity;
  agent.incarnation = self.incarnation;
  agent.epoch = self.epoch;
  agent.member = self.member ? 1 : 0;
  agent.keep_stale = self.keep_stale ? 1 : 0;
  agent.lease_expires_ns = expiry_ns(self.lease_fresh);
  agent.word = self.word;
  agent.word_expires_ns = expiry_ns(self.word_in_time);
  std::memcpy(&agent.address, self.address.data(), sizeof(agent.address));
  std::copy(self.mac.begin(), self.mac.end(), agent.link[0].address);
  agent.link[0].ifindex = loopback_ifindex;
  agent.probe_port = self.probe_port;
}

void Subject::set_keys(std::span<const Key> keys) {
  const int map = bpf_map__fd(skeleton_->maps.probe_keys);
  for (uint32_t id = 0; id < BUDDYRING_KEY_IDS; ++id) {
    buddyring_probe_key entry{};
    if (const auto key = std::ranges::find(keys, id, &Key::id); key != keys.end() && key->taken) {
      std::memcpy(entry.secret, key->secret.data(), sizeof(entry.secret));
      entry.accepted = 1;
    }
    require(bpf_map_update_elem(map, &id, &entry, BPF_ANY) == 0, "set a key");
  }
}

void Subject::watch(unsigned slot, Peer& peer) {
  const Server server{.name = "s" + std::to_string(peer.identity % 1'000'000'007),
                      .address = Address::from_bytes(peer.address),
                      .replace_port = 7946,
                      .incarnation = peer.incarnation};
  peer.identity = identity_of(pool, server.name);
  const Status watched = slots_.watch(slot, server, peer.role);
  require(watched.ok(), watched.ok() ? "" : watched.error().message);
}

void Subject::set_role(unsigned slot, WatchRole role) { require(slots_.set_role(slot, role).ok(), "set a role"); }

void Subject::unwatch(unsigned slot) { require(slots_.unwatch(slot).ok(), "free a slot"); }

void Subject::forget_all() {
  for (unsigned slot = 0; slot < BUDDYRING_MAX_PEERS; ++slot) {
    unwatch(slot);
    zero_entry(states_[slot]);
    zero_entry(histograms_[slot]);
  }
}

}  // namespace buddyring::differential

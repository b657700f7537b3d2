// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "kernel/probe_key_map.h"

namespace buddyring {
namespace {

constexpr size_t frame_bytes_max = 4096;

Outcome run(int program_fd, const Bytes& frame) {
  Outcome outcome;
  outcome.frame.resize(frame_bytes_max);
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.data_in = frame.data();
  options.data_size_in = static_cast<uint32_t>(frame.size());
  options.data_out = outcome.frame.data();
  options.data_size_out = static_cast<uint32_t>(outcome.frame.size());
  options.repeat = 1;
  EXPECT_EQ(bpf_prog_test_run_opts(program_fd, &options), 0);
  outcome.frame.resize(options.data_size_out);
  outcome.action = options.retval;
  return outcome;
}

buddyring_address held(const Ipv6& bytes) {
  buddyring_address address{};
  std::ranges::copy(bytes, address.bytes);
  return address;
}

}  // namespace

std::string name_of(Way way) { return name_of(way.family) + (way.hook == Hook::xdp ? "" : "AtTcIngress"); }

Programs::Programs(Way way)
    : way_(way),
      agent_(bpf_map__fd(skeleton_->maps.agent), 1, "agent"),
      peers_(bpf_map__fd(skeleton_->maps.peer), BUDDYRING_MAX_PEERS, "peer"),
      states_(bpf_map__fd(skeleton_->maps.peer_state), BUDDYRING_MAX_PEERS, "peer_state"),
      histograms_(bpf_map__fd(skeleton_->maps.rtt_histogram), BUDDYRING_MAX_PEERS, "rtt_histogram") {
  take_keys(ProbeKeys::unsealed_only());
  agent().identity = our_identity;
  agent().incarnation = our_incarnation;
  agent().epoch = our_epoch;
  agent().lease_expires_ns = UINT64_MAX;
  agent().address = held(address_of(us, way.family));
  agent().member = 1;
  agent().probe_port = probe_port;
  std::copy(our_mac.begin(), our_mac.end(), agent().link[0].address);
  agent().link[0].ifindex = loopback_ifindex;
  peer().identity = peer_identity;
  peer().incarnation = peer_incarnation;
  peer().address = held(address_of(the_peer, way.family));
  peer().role = BUDDYRING_PEER_BUDDY;
  const buddyring_address address = peer().address;
  const uint32_t value = slot;
  EXPECT_EQ(bpf_map_update_elem(bpf_map__fd(skeleton_->maps.peer_slots), &address, &value, BPF_NOEXIST), 0);
}

void Programs::take_keys(const ProbeKeys& keys) { fill_probe_keys(bpf_map__fd(skeleton_->maps.probe_keys), keys); }

Outcome Programs::run_judge(const Bytes& frame) {
  const auto& programs = skeleton_->progs;
  return run(bpf_program__fd(way_.hook == Hook::xdp ? programs.buddyring_xdp : programs.buddyring_ingress), frame);
}

Outcome Programs::run_egress(const Bytes& frame) {
  return run(bpf_program__fd(skeleton_->progs.buddyring_egress), frame);
}

void Programs::expect(const Bytes& frame, buddyring_verdict verdict, Fate fate, const Bytes& after) {
  Verdicts expected = verdicts();
  ++expected[verdict];
  const Outcome outcome = run_judge(frame);
  EXPECT_EQ(outcome.action, action_of(fate));
  EXPECT_EQ(outcome.frame, after);
  EXPECT_EQ(verdicts(), expected);
}

void Programs::expect_passed(const Bytes& frame, buddyring_verdict verdict) {
  expect(frame, verdict, Fate::passed, frame);
}

void Programs::expect_dropped(const Bytes& frame, buddyring_verdict verdict) {
  expect(frame, verdict, verdict == BUDDYRING_ARRIVED ? Fate::taken : Fate::dropped, frame);
}

Verdicts Programs::verdicts() const {
  std::vector<uint64_t> per_cpu(static_cast<size_t>(libbpf_num_possible_cpus()));
  Verdicts sums{};
  for (uint32_t verdict = 0; verdict < sums.size(); ++verdict) {
    EXPECT_EQ(bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.verdicts), &verdict, per_cpu.data()), 0);
    sums[verdict] = std::accumulate(per_cpu.begin(), per_cpu.end(), uint64_t{0});
  }
  return sums;
}

Probe Programs::our_probe(uint64_t number) {
  return {.number = number, .sender = our_identity, .target = peer_identity, .nonce = 0xF00D'0000'0000'0000 + number};
}

Probe Programs::live_answer(uint64_t number) {
  Probe answer = our_probe(number);
  answer.kind = 2;
  answer.flags = 1 | 2 | 4;
  answer.answerer = peer_identity;
  answer.incarnation = peer_incarnation;
  answer.epoch = 9;
  return answer;
}

Packet Programs::outgoing(const Probe& probe) const {
  return request().from(us, our_mac).to(the_peer, peer_mac).hops(64).probe(probe);
}

Packet Programs::incoming(const Probe& probe) const { return reply().hops(64).probe(probe); }

void Programs::depart(uint64_t number) {
  const Bytes frame = outgoing(our_probe(number)).frame();
  const uint64_t departures = state().departures;
  const Outcome outcome = run_egress(frame);
  EXPECT_EQ(outcome.action, static_cast<uint32_t>(-1));  // TC_ACT_UNSPEC: on to the next filter
  EXPECT_EQ(outcome.frame, frame);
  EXPECT_EQ(state().departures, departures + 1);
}

}  // namespace buddyring

// SPDX-License-Identifier: Apache-2.0
// What an answer costs the kernel, with a seal and without, against the least that
// answers an echo.
//
// Theory of operation. BPF_PROG_TEST_RUN times a run itself. A run turns the probe into its answer,
// so it is not repeated, but done anew with each probe: what is measured begins with caches
// that a system call has been through, and has two readings of the clock in it, which a
// program that lets pass shows nearly alone and which are taken off. The kinds take turns, in
// changing order, so that whatever else the machine does befalls all of them.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "kernel/mapped_map.h"
#include "kernel/probe_key_map.h"
#include "kernel/skeleton.h"
#include "tests/bench/bench.h"
#include "tests/kernel/packet.h"

namespace buddyring::bench {
namespace {

constexpr uint64_t rounds = 200'000;
constexpr uint64_t first_rounds = 2'000;  // are not counted
constexpr unsigned slot = 3;
constexpr uint64_t peer_incarnation = 90;
constexpr uint32_t loopback_ifindex = 1;  // by which BPF_PROG_TEST_RUN has frames come
constexpr uint8_t key_id = 1;

struct CloseObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};

// An agent's programs and maps as it sets them: a member that watches the peer as a buddy, in a
// pool that takes sealed probes and others.
class Answerer {
 public:
  Answerer()
      : agent_(bpf_map__fd(skeleton_->maps.agent), 1, "agent"),
        peers_(bpf_map__fd(skeleton_->maps.peer), BUDDYRING_MAX_PEERS, "peer") {
    keys_.add(0, {}, false);
    keys_.add(key_id, std::array<uint8_t, limits::pool_key_bytes>{0x42}, true);
    fill_probe_keys(bpf_map__fd(skeleton_->maps.probe_keys), keys_);
    buddyring_agent& self = agent_[0];
    self.identity = our_identity;
    self.incarnation = 70;
    self.lease_expires_ns = UINT64_MAX;
    self.address = held(us);
    self.member = 1;
    std::ranges::copy(our_mac, self.link[0].address);
    self.link[0].ifindex = loopback_ifindex;
    buddyring_peer& peer = peers_[slot];
    peer.identity = peer_identity;
    peer.incarnation = peer_incarnation;
    peer.address = held(the_peer);
    peer.role = BUDDYRING_PEER_BUDDY;
    const buddyring_address address = peer.address;
    if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.peer_slots), &address, &slot, BPF_NOEXIST) != 0) {
      throw std::runtime_error("cannot watch the peer");
    }
  }

  [[nodiscard]] int program() const { return bpf_program__fd(skeleton_->progs.buddyring_xdp); }
  [[nodiscard]] Bytes probe(uint64_t number, bool sealed) const {
    Bytes bytes = Probe{.number = number, .incarnation = peer_incarnation}.bytes();
    if (sealed) {
      keys_.seal(std::span<uint8_t, sizeof(buddyring_probe)>(bytes));
    }
    return Packet::request().data(std::move(bytes)).frame();
  }

 private:
  static buddyring_address held(const Party& party) {
    buddyring_address address{};
    std::ranges::copy(address_of(party, Family::ipv4), address.bytes);
    return address;
  }

  Skeleton skeleton_;
  MappedMap<buddyring_agent> agent_;
  MappedMap<buddyring_peer> peers_;
  ProbeKeys keys_;
};

struct Kind {
  int program;
  Bytes frame;
  uint32_t action;
};

double run_ns(const Kind& kind) {
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.data_in = kind.frame.data();
  options.data_size_in = static_cast<uint32_t>(kind.frame.size());
  options.repeat = 1;
  if (bpf_prog_test_run_opts(kind.program, &options) != 0 || options.retval != kind.action) {
    throw std::runtime_error("a program did not do with a frame what it is to do");
  }
  return options.duration;
}

}  // namespace

bool seal() {
  const Answerer answerer;
  const auto echo_path =
      std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "bpf/bare_echo.bpf.o";
  const std::unique_ptr<bpf_object, CloseObject> echo(bpf_object__open(echo_path.c_str()));
  if (!echo || bpf_object__load(echo.get()) != 0) {
    throw std::runtime_error("cannot load " + echo_path.string());
  }
  const int bare = bpf_program__fd(bpf_object__find_program_by_name(echo.get(), "bare_echo"));
  const Bytes others = Packet::request().ether_type(0x0806).frame();
  std::array<std::vector<double>, 4> took_ns;
  for (uint64_t round = 1; round <= rounds + first_rounds; ++round) {
    const Bytes unsealed = answerer.probe(round, false);
    const std::array<Kind, 4> kinds{{{bare, others, XDP_PASS},
                                     {bare, unsealed, XDP_TX},
                                     {answerer.program(), unsealed, XDP_TX},
                                     {answerer.program(), answerer.probe(round, true), XDP_TX}}};
    for (size_t i = 0; i < kinds.size(); ++i) {
      const size_t kind = (round + i) % kinds.size();
      const double ns = run_ns(kinds.at(kind));
      if (round > first_rounds) {
        took_ns.at(kind).push_back(ns);
      }
    }
  }
  std::array<double, 4> medians{};
  std::ranges::transform(took_ns, medians.begin(), median);
  const auto [nothing, echoed, plain, sealed] = medians;
  std::printf("medians of %llu runs of each; of a frame that is let pass %.0f ns, the others beyond that:\n",
              static_cast<unsigned long long>(rounds), nothing);
  std::printf("  an echo by the least that answers   %4.0f ns\n", echoed - nothing);
  std::printf("  a probe answered without a seal     %4.0f ns\n", plain - nothing);
  std::printf("  a probe answered with one           %4.0f ns, %.2f times as much\n", sealed - nothing,
              (sealed - nothing) / (plain - nothing));
  return true;
}

}  // namespace buddyring::bench

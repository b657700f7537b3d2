// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/answerer.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace buddyring::bench {
namespace {

constexpr unsigned slot = 3;
constexpr uint64_t peer_incarnation = 90;
constexpr uint8_t key_id = 1;

buddyring_address held(const Party& party) {
  buddyring_address address{};
  std::ranges::copy(address_of(party, Family::ipv4), address.bytes);
  return address;
}

}  // namespace

Answerer::Answerer(uint32_t ifindex)
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
  self.link[0].ifindex = ifindex;
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

int Answerer::program() const { return bpf_program__fd(skeleton_->progs.buddyring_xdp); }

Bytes Answerer::probe(uint64_t number, bool sealed) const {
  Bytes bytes = Probe{.number = number, .incarnation = peer_incarnation}.bytes();
  if (sealed) {
    keys_.seal(std::span<uint8_t, sizeof(buddyring_probe)>(bytes));
  }
  return Packet::request().data(std::move(bytes)).frame();
}

}  // namespace buddyring::bench

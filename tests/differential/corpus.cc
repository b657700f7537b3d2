// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/corpus.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tests/differential/corpus_maker.h"
#include "tests/differential/wire.h"

namespace buddyring::differential {
namespace {

constexpr size_t mtu_bytes = 1500;
constexpr uint16_t dont_fragment = 0x4000;

}  // namespace

const char* name_of(OursAlone reason) {
  constexpr std::array<const char*, ours_alone_reasons> names{"no", "wrong_checksum", "tagged", "udp_probe"};
  return names.at(static_cast<size_t>(reason));
}

std::vector<Request> make_corpus(uint64_t seed, uint64_t target) { return CorpusMaker(seed, target).make(); }

std::vector<Request> CorpusMaker::make() {
  for (const bool is_v6 : {false, true}) {
    is_v6_ = is_v6;
    sizes();
    header_fields();
    paddings();
    tags();
    checksums();
    lengths();
    types();
    addresses();
    probes();
    udp_probes();
    other_datagrams();
    fragments();
  }
  is_v6_ = false;
  ipv4_options();
  is_v6_ = true;
  ipv6_extensions();
  return std::move(requests_);
}

Draft CorpusMaker::any(size_t data_bytes) {
  const Cast& cast = cast_of(is_v6_);
  from_peer_ = !from_peer_;
  Draft draft = request_from(cast, from_peer_ ? cast.peer : cast.stranger);
  draft.identifier = static_cast<uint16_t>(prng_.below(herald_identifier_min));
  draft.sequence = static_cast<uint16_t>(prng_.next());
  draft.identification = static_cast<uint16_t>(prng_.next());
  draft.fragment = prng_.chance(0.5) ? dont_fragment : 0;
  draft.flow_label = static_cast<uint32_t>(prng_.next());
  draft.traffic_class = static_cast<uint8_t>(prng_.next());
  draft.hops = static_cast<uint8_t>(1 + prng_.below(255));
  draft.data.resize(data_bytes);
  const uint64_t pattern = prng_.below(4);  // zeros, ones, else chance
  for (uint8_t& byte : draft.data) {
    byte = pattern == 0 ? uint8_t{0} : pattern == 1 ? uint8_t{0xFF} : static_cast<uint8_t>(prng_.next());
  }
  return draft;
}

Draft CorpusMaker::from(bool peer, size_t data_bytes) {
  from_peer_ = !peer;
  return any(data_bytes);
}

void CorpusMaker::add(const std::string& name, const Draft& draft, OursAlone ours_alone, bool is_probe) {
  Bytes frame;
  draft.write(frame);
  requests_.push_back({.name = (is_v6_ ? "IPv6, " : "IPv4, ") + name + (from_peer_ ? ", peer" : ", stranger"),
                       .is_v6 = is_v6_,
                       .frames = {std::move(frame)},
                       .ours_alone = ours_alone,
                       .is_probe = is_probe});
}

void CorpusMaker::add_with(const std::string& name, const Draft& draft, const Bytes& bytes) {
  add(name, draft);
  Bytes& frame = requests_.back().frames.front();
  std::copy(bytes.begin(), bytes.end(), frame.begin() + static_cast<ptrdiff_t>(ethernet_header_bytes + header_bytes()));
  mend_ipv4_checksum(frame);
}

size_t CorpusMaker::data_bytes_max() const { return mtu_bytes - header_bytes() - icmp_header_bytes; }

}  // namespace buddyring::differential

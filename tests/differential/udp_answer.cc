// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/udp_answer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "bpf/contract.h"
#include "tests/differential/draft.h"

namespace buddyring::differential {
namespace {

constexpr uint8_t answer_hops = 64;
constexpr size_t kind_in_probe = 5;
// Offset and size of what an answerer writes into a probe besides: its flags, and who it is.
constexpr std::array<std::pair<size_t, size_t>, 2> of_answerer{{{6, 2}, {40, 24}}};

bool is_ipv6(const Bytes& frame) { return get<uint16_t>(frame.data() + ethernet_header_bytes - 2) == type_ipv6; }

size_t message_of(const Bytes& frame) {
  return ethernet_header_bytes + (is_ipv6(frame) ? ipv6_header_bytes : ipv4_header_bytes);
}

bool is_port_unreachable(const Bytes& frame) {
  const size_t at = message_of(frame);
  const std::array<uint8_t, 2> wanted = is_ipv6(frame) ? std::array<uint8_t, 2>{1, 4} : std::array<uint8_t, 2>{3, 3};
  return frame.size() >= at + icmp_header_bytes && std::equal(wanted.begin(), wanted.end(), frame.data() + at);
}

Bytes turned_round(Bytes frame) {
  const bool is_v6 = is_ipv6(frame);
  uint8_t* ip = frame.data() + ethernet_header_bytes;
  uint8_t* source = ip + (is_v6 ? 8 : 12);
  const size_t address_bytes = is_v6 ? 16 : 4;
  uint8_t* ports = frame.data() + message_of(frame);
  std::swap_ranges(frame.data(), frame.data() + sizeof(Mac), frame.data() + sizeof(Mac));
  std::swap_ranges(source, source + address_bytes, source + address_bytes);
  std::swap_ranges(ports, ports + 2, ports + 2);
  ip[is_v6 ? 7 : 8] = answer_hops;
  mend_ipv4_checksum(frame);
  return frame;
}

}  // namespace

std::string judge_udp_answer(const Bytes& probe, const std::vector<Bytes>& ours, const std::vector<Bytes>& stocks) {
  if (stocks.size() != 1 || !is_port_unreachable(stocks.front())) {
    return "the stock kernel does not say that nobody is at the port\n";
  }
  if (ours.size() != 1 || ours.front().size() != probe.size()) {
    return "the kernel with our programs does not send the probe back\n";
  }
  Bytes expected = turned_round(probe);
  const size_t probe_at = message_of(probe) + udp_header_bytes;
  expected[probe_at + kind_in_probe] = BUDDYRING_KIND_ANSWER;
  for (const auto& [offset, bytes] : of_answerer) {
    std::copy_n(ours.front().data() + probe_at + offset, bytes, expected.data() + probe_at + offset);
  }
  mend_message_checksum(expected);
  return ours.front() == expected ? std::string{}
                                  : "the answer is not the probe sent back\n  ours\n" + hexdump(ours.front()) +
                                        "\n  expected\n" + hexdump(expected) + '\n';
}

}  // namespace buddyring::differential

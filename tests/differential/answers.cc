// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/answers.h"

#include <algorithm>

namespace buddyring::differential {
namespace {

constexpr unsigned dont_fragment_bit = 0x40;  // in the first byte of flags and offset
constexpr uint8_t fragment_header = 44;
constexpr size_t probe_answer_at = 40;  // where the fields of the answerer begin

struct Comparison {
  Bytes ours;
  Bytes stocks;
  std::array<bool, leeways> used{};

  void use(Leeway leeway) { used.at(static_cast<size_t>(leeway)) = true; }
  // A field in which the two may differ; afterwards they do not.
  void allow(size_t first, size_t bytes, Leeway leeway, uint8_t mask = 0xFF) {
    for (size_t at = first; at < first + bytes && at < ours.size() && at < stocks.size(); ++at) {
      if (((ours[at] ^ stocks[at]) & mask) != 0) {
        use(leeway);
        ours[at] = static_cast<uint8_t>((ours[at] & ~mask) | (stocks[at] & mask));
      }
    }
  }
};

bool is_ip(const Bytes& frame, uint16_t type, size_t header_bytes) {
  return frame.size() >= ethernet_header_bytes + header_bytes && get<uint16_t>(frame.data() + 12) == type;
}

void drop_padding(Bytes& frame) {
  size_t bytes = frame.size();
  if (is_ip(frame, type_ipv4, ipv4_header_bytes)) {
    bytes = ethernet_header_bytes + get<uint16_t>(frame.data() + 16);
  } else if (is_ip(frame, type_ipv6, ipv6_header_bytes)) {
    bytes = ethernet_header_bytes + ipv6_header_bytes + get<uint16_t>(frame.data() + 18);
  }
  frame.resize(std::min(bytes, frame.size()));
}

// VLAN 0: a priority and no VLAN.
bool has_priority_tag(const Bytes& frame) {
  return frame.size() >= ethernet_header_bytes + tag_bytes &&
         (get<uint16_t>(frame.data() + 12) == type_c_tag || get<uint16_t>(frame.data() + 12) == type_s_tag) &&
         (get<uint16_t>(frame.data() + 14) & 0x0FFFU) == 0;
}

void allow_link_layer(Comparison& both) {
  if (has_priority_tag(both.ours) && !has_priority_tag(both.stocks)) {
    both.use(Leeway::priority_tag);
    both.ours.erase(both.ours.begin() + 12, both.ours.begin() + 12 + tag_bytes);
  }
  const size_t padding = both.ours.size();
  const size_t stocks_padding = both.stocks.size();
  drop_padding(both.ours);
  drop_padding(both.stocks);
  if (padding - both.ours.size() != stocks_padding - both.stocks.size()) {
    both.use(Leeway::ethernet_padding);
  }
}

// False when a header checksum is wrong; where both are right, they differ as the fields do.
bool allow_ipv4_fields(Comparison& both) {
  for (const Bytes* frame : {&both.ours, &both.stocks}) {
    const uint8_t* ip = frame->data() + ethernet_header_bytes;
    const size_t header_bytes = std::min(frame->size() - ethernet_header_bytes, size_t{ip[0] & 0x0FU} * 4);
    if (fold(word_sum(ip, header_bytes)) != 0xFFFF) {
      return false;
    }
  }
  const size_t at = ethernet_header_bytes;
  both.allow(at + 4, 2, Leeway::ip_identification);
  both.allow(at + 6, 1, Leeway::dont_fragment, dont_fragment_bit);
  std::copy_n(both.stocks.begin() + static_cast<ptrdiff_t>(at) + 10, 2,
              both.ours.begin() + static_cast<ptrdiff_t>(at) + 10);
  return true;
}

void allow_ipv6_fields(Comparison& both) {
  const size_t at = ethernet_header_bytes;
  both.allow(at + 1, 1, Leeway::flow_label, 0x0F);
  both.allow(at + 2, 2, Leeway::flow_label);
  if (both.ours[at + 6] == fragment_header && both.stocks[at + 6] == fragment_header) {
    both.allow(at + ipv6_header_bytes + 4, 4, Leeway::fragment_identification);
  }
}

// Of a message of zeros alone, whose sum is plus zero, so that its checksum is 0xffff. The stock
// kernel says 0, with which the message does not sum up to minus zero, as RFC 1071 wants it.
void allow_form_of_zero(Comparison& both) {
  const size_t message_at = ethernet_header_bytes + ipv4_header_bytes;
  if (both.ours.size() < message_at + icmp_header_bytes || both.ours.size() != both.stocks.size()) {
    return;
  }
  const uint8_t* ours = both.ours.data() + message_at;
  const size_t bytes = both.ours.size() - message_at;
  if (get<uint16_t>(ours + 2) == 0xFFFF && word_sum(ours, bytes) == 0xFFFF &&
      word_sum(both.stocks.data() + message_at, bytes) == 0) {
    both.allow(message_at + 2, 2, Leeway::form_of_zero);
  }
}

// The checksum follows from the fields; wrong ones of either are found by the caller's own sums.
void allow_probe_fields(Comparison& both, size_t message_at) {
  const size_t probe_at = message_at + icmp_header_bytes;
  both.allow(message_at + 2, 2, Leeway::probe_fields);
  both.allow(probe_at + 5, 3, Leeway::probe_fields);  // kind and flags
  both.allow(probe_at + probe_answer_at, 24, Leeway::probe_fields);
}

bool message_right(const Bytes& frame, bool is_v6, size_t message_at) {
  const size_t bytes = frame.size() - message_at;
  const uint8_t* ip = frame.data() + ethernet_header_bytes;
  return fold(word_sum(frame.data() + message_at, bytes) +
              (is_v6 ? pseudo_header_sum(ip + 8, ip + 24, sizeof(Ip), protocol_icmpv6, bytes) : 0)) == 0xFFFF;
}

std::string compare_one(const Bytes& ours, const Bytes& stocks, bool is_probe, LeewayCounts& counts) {
  Comparison both{.ours = ours, .stocks = stocks};
  allow_link_layer(both);
  std::string wrong;
  const bool is_v4 = is_ip(both.ours, type_ipv4, ipv4_header_bytes) && is_ip(both.stocks, type_ipv4, ipv4_header_bytes);
  const bool is_v6 = is_ip(both.ours, type_ipv6, ipv6_header_bytes) && is_ip(both.stocks, type_ipv6, ipv6_header_bytes);
  if (is_v6) {
    allow_ipv6_fields(both);
  } else if (is_v4) {
    wrong = allow_ipv4_fields(both) ? "" : "a wrong header checksum; ";
    allow_form_of_zero(both);
  }
  if (is_probe) {
    const size_t message_at = ethernet_header_bytes + (is_v6 ? ipv6_header_bytes : ipv4_header_bytes);
    if (!message_right(both.ours, is_v6, message_at) || !message_right(both.stocks, is_v6, message_at)) {
      wrong += "a wrong ICMP checksum; ";
    }
    allow_probe_fields(both, message_at);
  }
  for (size_t leeway = 0; leeway < leeways; ++leeway) {
    counts[leeway] += both.used[leeway] ? 1 : 0;
  }
  if (wrong.empty() && both.ours == both.stocks) {
    return {};
  }
  return wrong + "they differ in\n  ours\n" + hexdump(ours) + "\n  the stock kernel's\n" + hexdump(stocks) + '\n';
}

}  // namespace

const char* name_of(Leeway leeway) {
  constexpr std::array<const char*, leeways> names{
      "ip_identification", "dont_fragment", "flow_label",   "fragment_identification",
      "ethernet_padding",  "priority_tag",  "probe_fields", "form_of_zero"};
  return names.at(static_cast<size_t>(leeway));
}

std::string compare_answers(const std::vector<Bytes>& ours, const std::vector<Bytes>& stocks, bool is_probe,
                            LeewayCounts& counts) {
  if (ours.size() != stocks.size()) {
    return std::to_string(ours.size()) + " frames against " + std::to_string(stocks.size()) + '\n';
  }
  std::string difference;
  for (size_t i = 0; i < ours.size(); ++i) {
    difference += compare_one(ours[i], stocks[i], is_probe, counts);
  }
  return difference;
}

}  // namespace buddyring::differential

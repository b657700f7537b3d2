// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/frame.h"

#include <cstdio>

namespace buddyring::differential {

uint64_t word_sum(const uint8_t* first, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i + 1 < count; i += 2) {
    sum += get<uint16_t>(first + i);
  }
  return count % 2 == 0 ? sum : sum + uint64_t{first[count - 1]} * 256;
}

uint16_t fold(uint64_t sum) {
  while (sum > 0xFFFF) {
    sum = (sum & 0xFFFFU) + (sum >> 16U);
  }
  return static_cast<uint16_t>(sum);
}

uint64_t pseudo_header_sum(const uint8_t* source, const uint8_t* destination, size_t address_bytes, uint8_t protocol,
                           size_t message_bytes) {
  return word_sum(source, address_bytes) + word_sum(destination, address_bytes) + message_bytes + protocol;
}

std::string hexdump(const Bytes& bytes) {
  std::string text;
  std::array<char, 32> piece{};
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i % 16 == 0) {
      std::snprintf(piece.data(), piece.size(), "%s    %04zx ", i == 0 ? "" : "\n", i);
      text += piece.data();
    }
    std::snprintf(piece.data(), piece.size(), " %02x", unsigned{bytes[i]});
    text += piece.data();
  }
  return text;
}

}  // namespace buddyring::differential

// SPDX-License-Identifier: Apache-2.0
// The headers of a UDP datagram, byte by byte.
#include "core/datagram.h"

#include <gtest/gtest.h>

#include <vector>

namespace buddyring {
namespace {

using Bytes = std::vector<uint8_t>;

DatagramWay way(const char* source, const char* destination) {
  return {.source = Address::parse(source).value(),
          .destination = Address::parse(destination).value(),
          .source_port = 0x1F0A,
          .destination_port = 0x1F0B,
          .traffic_class = 0xC0};
}

Bytes packet_with(const DatagramWay& by, const Bytes& data) {
  Bytes packet(datagram_headers_bytes(by.source.is_v4()), 0xEE);
  packet.insert(packet.end(), data.begin(), data.end());
  write_datagram_headers(packet, by);
  return packet;
}

TEST(DatagramTest, HeadersOfIpv4) {
  const Bytes expected{0x45, 0xC0, 0,    32,   0, 0,  0x40, 0,    64, 17, 0, 0, 10, 9, 0, 1, 10, 9, 0, 2,  //
                       0x1F, 0x0A, 0x1F, 0x0B, 0, 12, 0xA9, 0xA6, 1,  2,  3, 4};
  EXPECT_EQ(packet_with(way("10.9.0.1", "10.9.0.2"), {1, 2, 3, 4}), expected);
}

TEST(DatagramTest, HeadersOfIpv6) {
  const Bytes expected{0x6C, 0,    0,    0,    0, 12, 17,   64,                            //
                       0xFD, 9,    0,    0,    0, 0,  0,    0,    0, 0, 0, 0, 0, 0, 0, 1,  //
                       0xFD, 9,    0,    0,    0, 0,  0,    0,    0, 0, 0, 0, 0, 0, 0, 2,  //
                       0x1F, 0x0A, 0x1F, 0x0B, 0, 12, 0xC3, 0xA4, 1, 2, 3, 4};
  EXPECT_EQ(packet_with(way("fd09::1", "fd09::2"), {1, 2, 3, 4}), expected);
}

// The odd last byte counts as the high one of a word.
TEST(DatagramTest, SumsUpToAllOnesWhateverTheData) {
  for (const bool is_v4 : {true, false}) {
    const DatagramWay by = is_v4 ? way("10.9.0.1", "10.9.0.2") : way("fd09::1", "fd09::2");
    Bytes data;
    for (unsigned bytes = 0; bytes < 200; ++bytes) {
      const Bytes packet = packet_with(by, data);
      // Addresses, protocol and length, as RFC 768 and 8200 have the pseudo-header.
      Bytes covered(packet.begin() + (is_v4 ? 12 : 8), packet.end());
      const auto datagram_bytes = static_cast<uint8_t>(8 + bytes);
      EXPECT_EQ(internet_checksum(covered, uint64_t{17} + datagram_bytes), 0) << bytes << " bytes";
      data.push_back(static_cast<uint8_t>(bytes * 37 + 200));
    }
  }
}

// Over all values of one word the sum takes each value: one comes out as zero, and is written as all ones.
TEST(DatagramTest, NeverSaysThatThereIsNoChecksum) {
  unsigned all_ones = 0;
  for (unsigned word = 0; word <= 0xFFFF; ++word) {
    const Bytes packet =
        packet_with(way("10.9.0.1", "10.9.0.2"), {static_cast<uint8_t>(word >> 8U), static_cast<uint8_t>(word)});
    const unsigned checksum = packet[26] * 256U + packet[27];
    ASSERT_NE(checksum, 0U);
    all_ones += checksum == 0xFFFF ? 1 : 0;
  }
  EXPECT_GE(all_ones, 1U);
}

}  // namespace
}  // namespace buddyring

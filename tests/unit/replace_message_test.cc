// SPDX-License-Identifier: Apache-2.0
// The codec of messages and acknowledgements: round trips, every truncation, and
// what is refused.
#include "core/replace_message.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace buddyring {
namespace {

ReplaceMessage sample() {
  return {
      .pool = "web",
      .receiver = "s1",
      .receiver_epoch = 0x0102030405060708,
      .server_to_replace = "s3",
      .replacement = {.name = "s4", .address = *Address::parse("10.1.2.3"), .replace_port = 7946, .incarnation = 77},
      .sender = "s4",
      .sender_incarnation = 77};
}

ExpectMessage sample_expect() {
  return {.pool = "web",
          .receiver = "s1",
          .newcomer = {.name = "s4", .address = *Address::parse("10.1.2.3"), .replace_port = 7946, .incarnation = 78}};
}

std::vector<uint8_t> bytes_of(const Frame& frame) { return {frame.view().begin(), frame.view().end()}; }

bool is_malformed(const std::vector<uint8_t>& frame) {
  return std::holds_alternative<FrameError>(decode_message(frame));
}
bool is_malformed_acknowledgement(const std::vector<uint8_t>& frame) {
  return std::holds_alternative<FrameError>(decode_acknowledgement(frame));
}

std::optional<RingMessage> decoded(const Frame& frame) {
  const auto message = decode_message(frame.view());
  const auto* good = std::get_if<RingMessage>(&message);
  return good != nullptr ? std::optional(*good) : std::nullopt;
}

// The same with a header that names this length: what decode must find out by itself.
std::vector<uint8_t> with_length(std::vector<uint8_t> frame) {
  const size_t body = frame.size() - frame_header_bytes;
  frame[frame_length_offset] = static_cast<uint8_t>(body >> 8);
  frame[frame_length_offset + 1] = static_cast<uint8_t>(body);
  return frame;
}

std::vector<uint8_t> first_of(const std::vector<uint8_t>& whole, size_t size) {
  return {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
}

TEST(ReplaceMessageTest, RoundTrip) {
  const Frame frame = encode(sample());
  EXPECT_EQ(std::get<size_t>(frame_size(frame.view())), frame.size);
  EXPECT_EQ(decoded(frame), RingMessage{sample()});
}

TEST(ReplaceMessageTest, TheLongestNamesFit) {
  ReplaceMessage message = sample();
  const std::string longest(limits::name_bytes_max, 'n');
  message.pool = message.receiver = message.server_to_replace = message.replacement.name = message.sender = longest;
  const Frame frame = encode(message);
  EXPECT_EQ(decoded(frame), RingMessage{message});
  Frame sealed = frame;
  static_cast<void>(add_seal(sealed, 1));
  EXPECT_EQ(decoded(sealed), RingMessage{message});
}

TEST(ReplaceMessageTest, ExpectRoundTrip) {
  const Frame frame = encode(sample_expect());
  EXPECT_EQ(std::get<size_t>(frame_size(frame.view())), frame.size);
  EXPECT_EQ(decoded(frame), RingMessage{sample_expect()});
}

TEST(ReplaceMessageTest, AcknowledgementRoundTrip) {
  const ReplaceAck ack{.code = AckCode::refused, .refusal = Refusal::mismatch, .epoch = 12};
  const Frame frame = encode(ack);
  EXPECT_EQ(std::get<ReplaceAck>(decode_acknowledgement(frame.view())), ack);
}

TEST(ReplaceMessageTest, EachStandsAsDocumented) {
  const std::vector<uint8_t> acknowledgement{'B', 'D', 'R', 'P', 3, 2, 0, 0, 0, 10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  EXPECT_EQ(bytes_of(encode(ReplaceAck{.code = AckCode::applied, .refusal = Refusal::none, .epoch = 1})),
            acknowledgement);
  const std::vector<uint8_t> expect{'B', 'D', 'R', 'P', 3,   3,   0,   0,   0,   29,   // header
                                    3,   'w', 'e', 'b', 2,   's', '1',                 // pool, receiver
                                    2,   's', '4', 8,   '1', '0', '.', '1', '.', '2',  // newcomer: name, address,
                                    '.', '3', 31,  10,                                 // port,
                                    0,   0,   0,   0,   0,   0,   0,   78};            // incarnation
  EXPECT_EQ(bytes_of(encode(sample_expect())), expect);
  const std::vector<uint8_t> replace{
      'B', 'D', 'R', 'P', 3,   1,   0,   0,   0,   51,                     // header
      3,   'w', 'e', 'b', 2,   's', '1', 1,   2,   3,  4,  5, 6, 7, 8,     // pool, receiver, epoch
      2,   's', '3', 2,   's', '4',                                        // ServerToReplace, the replacement's
      8,   '1', '0', '.', '1', '.', '2', '.', '3', 31, 10, 0, 0, 0, 0, 0,  // address, port,
      0,   0,   77,                                                        // incarnation
      2,   's', '4', 0,   0,   0,   0,   0,   0,   0,  77};                // sender
  EXPECT_EQ(bytes_of(encode(sample())), replace);
}

TEST(ReplaceMessageTest, EveryTruncationIsMalformed) {
  for (const RingMessage& message : {RingMessage{sample()}, RingMessage{sample_expect()}}) {
    const auto whole = bytes_of(encode(message));
    for (size_t size = 0; size < whole.size(); ++size) {
      EXPECT_TRUE(is_malformed(first_of(whole, size))) << size;
    }
    for (size_t size = frame_header_bytes; size < whole.size(); ++size) {
      EXPECT_TRUE(is_malformed(with_length(first_of(whole, size)))) << size << ", as its header says";
    }
  }
}

TEST(ReplaceMessageTest, EveryTruncationOfAnAcknowledgementIsMalformed) {
  const auto whole = bytes_of(encode(ReplaceAck{.code = AckCode::stale, .refusal = Refusal::none, .epoch = 9}));
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(is_malformed_acknowledgement(first_of(whole, size)));
  }
  for (size_t size = frame_header_bytes; size < whole.size(); ++size) {
    EXPECT_TRUE(is_malformed_acknowledgement(with_length(first_of(whole, size)))) << size;
  }
}

TEST(ReplaceMessageTest, TrailingBytesAreMalformed) {
  for (const Frame& whole : {encode(sample()), encode(sample_expect()), encode(ReplaceAck{})}) {
    auto frame = bytes_of(whole);
    frame.push_back(0);
    EXPECT_TRUE(is_malformed(frame) && is_malformed_acknowledgement(frame));
    frame = with_length(frame);
    EXPECT_TRUE(is_malformed(frame) && is_malformed_acknowledgement(frame)) << "as its header says";
  }
}

TEST(ReplaceMessageTest, AnAcknowledgementIsNoMessageAndTheOtherWayRound) {
  EXPECT_TRUE(is_malformed(bytes_of(encode(ReplaceAck{}))));
  EXPECT_TRUE(is_malformed_acknowledgement(bytes_of(encode(sample()))));
  EXPECT_TRUE(is_malformed_acknowledgement(bytes_of(encode(sample_expect()))));
}

TEST(ReplaceMessageTest, OneTypeIsNotReadAsAnother) {
  for (int type = 0; type < 256; ++type) {
    auto replace = bytes_of(encode(sample()));
    auto expect = bytes_of(encode(sample_expect()));
    replace[frame_type_offset] = expect[frame_type_offset] = static_cast<uint8_t>(type);
    EXPECT_EQ(is_malformed(replace), type != static_cast<int>(FrameType::server_replace)) << type;
    EXPECT_EQ(is_malformed(expect), type != static_cast<int>(FrameType::server_expect)) << type;
  }
}

TEST(ReplaceMessageTest, NamesAreValidated) {
  for (const RingMessage& message : {RingMessage{sample()}, RingMessage{sample_expect()}}) {
    auto frame = bytes_of(encode(message));
    frame[frame_header_bytes + 1] = '\n';  // first letter of the pool
    EXPECT_TRUE(is_malformed(frame));
  }
}

TEST(ReplaceMessageTest, AnAddressHasOneFormOnly) {
  auto frame = bytes_of(encode(sample()));
  const std::string_view address{"10.1.2.3"};
  const auto place = std::search(frame.begin(), frame.end(), address.begin(), address.end());
  ASSERT_NE(place, frame.end());
  *place = '0';
  EXPECT_TRUE(is_malformed(frame)) << "00.1.2.3";
}

TEST(ReplaceMessageTest, CarriesAnIpv6AddressInItsUsualFormOnly) {
  ReplaceMessage message = sample();
  message.replacement.address = *Address::parse("2001:db8::a");
  auto frame = bytes_of(encode(message));
  EXPECT_EQ(std::get<RingMessage>(decode_message(frame)), RingMessage(message));

  const std::string_view address{"2001:db8::a"};
  const auto place = std::search(frame.begin(), frame.end(), address.begin(), address.end());
  ASSERT_NE(place, frame.end());
  place[10] = 'A';
  EXPECT_TRUE(is_malformed(frame)) << "2001:db8::A";
  place[10] = ':';
  EXPECT_TRUE(is_malformed(frame)) << "2001:db8:::";
}

TEST(ReplaceMessageTest, UnknownAcknowledgementCodesAreMalformed) {
  auto frame = bytes_of(encode(ReplaceAck{.code = AckCode::applied, .refusal = Refusal::none, .epoch = 1}));
  frame[frame_header_bytes] = 9;
  EXPECT_TRUE(is_malformed_acknowledgement(frame));
  frame[frame_header_bytes] = 1;
  frame[frame_header_bytes + 1] = 99;
  EXPECT_TRUE(is_malformed_acknowledgement(frame));
}

}  // namespace
}  // namespace buddyring

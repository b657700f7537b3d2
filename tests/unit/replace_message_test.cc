// SPDX-License-Identifier: Apache-2.0
// The ServerReplace codec: round trips, every truncation, and what is refused.
#include "core/replace_message.h"

#include <gtest/gtest.h>

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

std::vector<uint8_t> bytes_of(const Frame& frame) { return {frame.view().begin(), frame.view().end()}; }

bool is_malformed(const std::vector<uint8_t>& frame) {
  return std::holds_alternative<FrameError>(decode_message(frame));
}

TEST(ReplaceMessageTest, RoundTrip) {
  const Frame frame = encode(sample());
  EXPECT_EQ(std::get<size_t>(frame_size(frame.view())), frame.size);
  EXPECT_EQ(std::get<ReplaceMessage>(decode_message(frame.view())), sample());
}

TEST(ReplaceMessageTest, TheLongestNamesFit) {
  ReplaceMessage message = sample();
  const std::string longest(limits::name_bytes_max, 'n');
  message.pool = message.receiver = message.server_to_replace = message.replacement.name = message.sender = longest;
  const Frame frame = encode(message);
  EXPECT_EQ(std::get<ReplaceMessage>(decode_message(frame.view())), message);
}

TEST(ReplaceMessageTest, AcknowledgementRoundTrip) {
  const ReplaceAck ack{.code = AckCode::refused, .refusal = Refusal::mismatch, .epoch = 12};
  const Frame frame = encode(ack);
  EXPECT_EQ(std::get<ReplaceAck>(decode_acknowledgement(frame.view())), ack);
}

TEST(ReplaceMessageTest, TheHeaderStandsAsDocumented) {
  const Frame frame = encode(ReplaceAck{.code = AckCode::applied, .refusal = Refusal::none, .epoch = 1});
  const std::vector<uint8_t> expected{'B', 'D', 'R', 'P', 1, 2, 0, 10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  EXPECT_EQ(bytes_of(frame), expected);
}

TEST(ReplaceMessageTest, EveryTruncationIsMalformed) {
  const auto whole = bytes_of(encode(sample()));
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(is_malformed({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)})) << size;
  }
}

TEST(ReplaceMessageTest, TrailingBytesAreMalformed) {
  auto frame = bytes_of(encode(sample()));
  frame.push_back(0);
  EXPECT_TRUE(is_malformed(frame));
}

TEST(ReplaceMessageTest, AnAcknowledgementIsNoMessageAndTheOtherWayRound) {
  EXPECT_TRUE(is_malformed(bytes_of(encode(ReplaceAck{}))));
  EXPECT_TRUE(std::holds_alternative<FrameError>(decode_acknowledgement(encode(sample()).view())));
}

TEST(ReplaceMessageTest, NamesAreValidated) {
  auto frame = bytes_of(encode(sample()));
  frame[replace_header_bytes + 1] = '\n';  // first letter of the pool
  EXPECT_TRUE(is_malformed(frame));
}

TEST(ReplaceMessageTest, UnknownAcknowledgementCodesAreMalformed) {
  auto frame = bytes_of(encode(ReplaceAck{.code = AckCode::applied, .refusal = Refusal::none, .epoch = 1}));
  frame[replace_header_bytes] = 9;
  EXPECT_TRUE(std::holds_alternative<FrameError>(decode_acknowledgement(frame)));
  frame[replace_header_bytes] = 1;
  frame[replace_header_bytes + 1] = 99;
  EXPECT_TRUE(std::holds_alternative<FrameError>(decode_acknowledgement(frame)));
}

TEST(FrameSizeTest, NeedsAWholeHeader) {
  const auto whole = bytes_of(encode(sample()));
  for (size_t size = 0; size < replace_header_bytes; ++size) {
    EXPECT_TRUE(std::holds_alternative<std::monostate>(frame_size(std::span{whole}.first(size)))) << size;
  }
}

TEST(FrameSizeTest, RefusesOtherMagicVersionAndSize) {
  auto frame = bytes_of(encode(sample()));
  auto other = frame;
  other[0] = 'X';
  EXPECT_EQ(std::get<FrameError>(frame_size(other)), FrameError::malformed);
  other = frame;
  other[4] = 2;
  EXPECT_EQ(std::get<FrameError>(frame_size(other)), FrameError::version);
  other = frame;
  other[6] = 0xff;
  EXPECT_EQ(std::get<FrameError>(frame_size(other)), FrameError::oversize);
}

}  // namespace
}  // namespace buddyring

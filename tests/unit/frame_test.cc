// SPDX-License-Identifier: Apache-2.0
// The frame around messages: how long it says it is, and where its parts stand.
#include "core/frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace buddyring {
namespace {

const std::vector<uint8_t> body{7, 8, 9};

Frame sample() {
  Frame frame;
  WireWriter writer = open_frame(frame, FrameType::server_expect);
  writer.bytes(body);
  close_frame(frame, writer);
  return frame;
}

Frame sealed_sample(uint8_t key_id, uint8_t filling) {
  Frame frame = sample();
  std::ranges::fill(add_seal(frame, key_id), filling);
  return frame;
}

std::vector<uint8_t> bytes_of(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

TEST(FrameTest, WithoutASealIsHeaderAndBody) {
  const Frame frame = sample();
  const std::vector<uint8_t> expected{'B', 'D', 'R', 'P', 3, 3, 0, 0, 0, 3, 7, 8, 9};
  EXPECT_EQ(bytes_of(frame.view()), expected);
  EXPECT_EQ(std::get<size_t>(frame_size(frame.view())), frame.size);
  EXPECT_TRUE(is_whole_frame(frame.view()));
  EXPECT_EQ(key_id_of(frame.view()), unsigned_key_id);
  EXPECT_EQ(type_of(frame.view()), FrameType::server_expect);
  EXPECT_EQ(bytes_of(body_of(frame.view())), body);
  EXPECT_EQ(bytes_of(sealed_part_of(frame.view())), expected);
  EXPECT_TRUE(seal_of(frame.view()).empty());
}

TEST(FrameTest, WithASealEndsInIt) {
  const Frame frame = sealed_sample(5, 0xee);
  EXPECT_EQ(frame.size, sample().size + frame_seal_bytes);
  EXPECT_EQ(std::get<size_t>(frame_size(frame.view())), frame.size);
  EXPECT_EQ(key_id_of(frame.view()), 5);
  EXPECT_EQ(bytes_of(body_of(frame.view())), body);
  EXPECT_EQ(sealed_part_of(frame.view()).size(), sample().size);
  EXPECT_EQ(bytes_of(seal_of(frame.view())), std::vector<uint8_t>(frame_seal_bytes, 0xee));
}

TEST(FrameTest, IsWholeAtItsLengthOnly) {
  for (const Frame& frame : {sample(), sealed_sample(1, 1)}) {
    auto bytes = bytes_of(frame.view());
    bytes.push_back(0);
    for (size_t size = 0; size <= bytes.size(); ++size) {
      EXPECT_EQ(is_whole_frame(std::span{bytes}.first(size)), size == frame.size) << size;
    }
  }
}

TEST(FrameSizeTest, NeedsAWholeHeader) {
  const Frame frame = sample();
  for (size_t size = 0; size < frame_header_bytes; ++size) {
    EXPECT_TRUE(std::holds_alternative<std::monostate>(frame_size(frame.view().first(size)))) << size;
  }
  EXPECT_TRUE(std::holds_alternative<size_t>(frame_size(frame.view().first(frame_header_bytes))));
}

TEST(FrameSizeTest, RefusesOtherMagicVersionReservedAndSize) {
  const auto refused_with = [](size_t offset, uint8_t value) {
    Frame frame = sample();
    frame.bytes.at(offset) = value;
    const FrameSize size = frame_size(frame.view());
    const auto* error = std::get_if<FrameError>(&size);
    return error != nullptr ? std::optional(*error) : std::nullopt;
  };
  EXPECT_EQ(refused_with(0, 'X'), FrameError::malformed);
  EXPECT_EQ(refused_with(frame_version_offset, 2), FrameError::version);
  EXPECT_EQ(refused_with(frame_version_offset, 4), FrameError::version);
  EXPECT_EQ(refused_with(7, 1), FrameError::malformed) << "reserved";
  EXPECT_EQ(refused_with(frame_length_offset, 0xff), FrameError::oversize);
  EXPECT_EQ(refused_with(frame_length_offset, 0), std::nullopt);
}

TEST(FrameSizeTest, TheSealCountsAgainstTheLimit) {
  Frame frame = sample();
  constexpr size_t longest = limits::replace_message_bytes_max - frame_header_bytes;
  frame.bytes[frame_length_offset] = longest >> 8;
  frame.bytes[frame_length_offset + 1] = longest & 0xff;
  EXPECT_EQ(std::get<size_t>(frame_size(frame.view())), limits::replace_message_bytes_max);
  frame.bytes[frame_key_id_offset] = 1;
  EXPECT_EQ(std::get<FrameError>(frame_size(frame.view())), FrameError::oversize);
}

}  // namespace
}  // namespace buddyring

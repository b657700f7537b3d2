// SPDX-License-Identifier: Apache-2.0
// What reaches the port for messages and is no honest message: it is counted
// and closed, and changes nothing. Here of a pool without keys; see keys_test.cc.
#include <gtest/gtest.h>

#include <vector>

#include "message_test.h"
#include "tests/lab/http.h"

namespace buddyring::e2e {
namespace {

class BadMessage : public MessageTest {
 protected:
  void SetUp() override {
    add_servers(3);
    note_what_must_stay();
  }
};

TEST_F(BadMessage, OfGarbageIsClosed) {
  EXPECT_EQ(exchange("GET / HTTP/1.1\r\n\r\n"), "");
  expect_counted_and_without_effect(1, &buddyring_report::replaces_malformed);
}

TEST_F(BadMessage, OfZerosIsClosed) {
  EXPECT_EQ(exchange(std::string(200, '\0')), "");
  expect_counted_and_without_effect(1, &buddyring_report::replaces_malformed);
}

TEST_F(BadMessage, LongerThanAnyMessageIsClosed) {
  std::string bytes = text_of(encode(plausible()));
  bytes[frame_length_offset] = '\x7f';
  EXPECT_EQ(exchange(bytes + std::string(40'000, 'x')), "");
  expect_counted_and_without_effect(1, &buddyring_report::replaces_oversize);
}

TEST_F(BadMessage, WithBytesAfterItsEndIsClosed) {
  EXPECT_EQ(exchange(text_of(encode(plausible())) + "more"), "");
  expect_counted_and_without_effect(1, &buddyring_report::replaces_malformed);
}

TEST_F(BadMessage, WhoseOtherHalfNeverComesIsClosed) {
  const std::string bytes = text_of(encode(plausible()));
  EXPECT_EQ(exchange(bytes.substr(0, bytes.size() / 2)), "");
  expect_counted_and_without_effect(1, &buddyring_report::replaces_timed_out);
}

TEST_F(BadMessage, CutShortAtAnyLengthIsClosed) {
  uint64_t count = 0;
  for (const RingMessage& message : {RingMessage{plausible()}, RingMessage{plausible_expect()}}) {
    const std::string bytes = text_of(encode(message));
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_EQ(exchange(bytes.substr(0, size), Ending::closed), "") << size;
      ++count;
    }
  }
  expect_counted_and_without_effect(count, &buddyring_report::replaces_broken);
}

TEST_F(BadMessage, ThatIsSealedWhereNobodyHasKeysIsClosed) {
  EXPECT_EQ(exchange(text_of(sealed(plausible(), key_1))), "");
  expect_counted_and_without_effect(1, &buddyring_report::replaces_unknown_key);
}

TEST_F(BadMessage, OfAnotherVersionIsTold) {
  Frame frame = encode(plausible());
  frame.bytes[frame_version_offset] = 9;
  EXPECT_NE(exchange(text_of(frame)), "");
  expect_counted_and_without_effect(1, &buddyring_report::replaces_other_version);
}

TEST_F(BadMessage, ForAnotherPoolIsRefused) {
  ReplaceMessage message = plausible();
  message.pool = "another";
  const ReplaceAck answer = send(message);
  EXPECT_EQ(answer.code, AckCode::refused);
  EXPECT_EQ(answer.refusal, Refusal::wrong_pool);
  expect_counted_and_without_effect(1);
}

TEST_F(BadMessage, ForAnotherServerIsRefused) {
  ReplaceMessage message = plausible();
  message.receiver = "s2";
  EXPECT_EQ(send(message).refusal, Refusal::wrong_receiver);
  expect_counted_and_without_effect(1);
}

TEST_F(BadMessage, ToExpectAnythingInAnotherPoolIsRefused) {
  ExpectMessage message = plausible_expect();
  message.pool = "another";
  EXPECT_EQ(send(message).refusal, Refusal::wrong_pool);
  expect_counted_and_without_effect(1);
}

TEST_F(BadMessage, OfAnOlderEpochIsStale) {
  ReplaceMessage message = plausible();
  message.receiver_epoch = 1;
  EXPECT_EQ(send(message).code, AckCode::stale);
  expect_counted_and_without_effect(1);
}

TEST_F(BadMessage, AboutAServerThatIsNoBuddyIsRefused) {
  ReplaceMessage message = plausible();
  message.server_to_replace = "stranger";
  EXPECT_EQ(send(message).refusal, Refusal::mismatch);
  expect_counted_and_without_effect(1);
}

TEST_F(BadMessage, FromTooManyAtOnceLeavesRoomAgain) {
  // Each place is free again after a second, so how many it takes depends on how fast they come.
  constexpr size_t crowd_max = 50 * limits::replace_connections_max;
  const auto too_many = [&] { return pool["s1"].report().replaces_too_many; };
  const auto before = too_many();
  std::vector<Fd> silent;
  while (silent.size() < crowd_max && too_many() == before) {
    silent.push_back(connect());
  }
  EXPECT_GT(silent.size(), limits::replace_connections_max);
  for (const auto& connection : silent) {
    EXPECT_EQ(lab::receive_to_close(connection), "");
  }
  expect_counted_and_without_effect(limits::replace_connections_max, &buddyring_report::replaces_timed_out);
  expect_counted_and_without_effect(1, &buddyring_report::replaces_too_many);
  EXPECT_EQ(exchange("after the crowd"), "");
  pool.add("s4");
  all.insert("s4");
  EXPECT_EQ(pool.settle(all), "") << "honest messages are no longer taken";
}

}  // namespace
}  // namespace buddyring::e2e

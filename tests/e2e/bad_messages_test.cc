// SPDX-License-Identifier: Apache-2.0
// What reaches the ServerReplace port and is no honest message: it is counted
// and closed, and changes nothing.
#include <gtest/gtest.h>

#include <vector>

#include "core/replace_message.h"
#include "shared_lab.h"
#include "tests/lab/http.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

constexpr auto patience = std::chrono::milliseconds{10'000};

class BadMessage : public PoolTest {
 protected:
  void SetUp() override {
    add_servers(3);
    before_ = pool["s1"].own_list();
    refused_before_ = pool["s1"].report().replaces_refused;
  }

  Fd connect() {
    const Endpoint port{.address = Address::parse(pool["s1"].address()).value(), .port = lab::default_replace_port};
    Fd connection = lab::connect_from(SharedLab::get().client(), port, patience);
    EXPECT_TRUE(connection.valid());
    return connection;
  }

  // Sends it and returns what comes back before the agent closes.
  std::string exchange(const std::string& bytes) {
    const Fd connection = connect();
    lab::send_all(connection, bytes);
    const auto answer = lab::receive_to_close(connection);
    EXPECT_TRUE(answer) << "the connection was not closed";
    return answer.value_or("");
  }

  ReplaceAck send(const ReplaceMessage& message) {
    const Frame frame = encode(message);
    const std::string answer = exchange({frame.bytes.begin(), frame.bytes.begin() + frame.size});
    const auto decoded = decode_acknowledgement({reinterpret_cast<const uint8_t*>(answer.data()), answer.size()});
    EXPECT_TRUE(std::holds_alternative<ReplaceAck>(decoded)) << answer.size() << " bytes came back";
    return std::holds_alternative<ReplaceAck>(decoded) ? std::get<ReplaceAck>(decoded) : ReplaceAck{};
  }

  // An honest one, but for what a test changes: s1's next epoch, one of its buddies.
  ReplaceMessage plausible() {
    return {.pool = pool.name(),
            .receiver = "s1",
            .receiver_epoch = before_->epoch + 1,
            .server_to_replace = before_->a,
            .replacement = {.name = "intruder",
                            .address = Address::parse("10.77.200.9").value(),
                            .replace_port = 1,
                            .incarnation = 1},
            .sender = "intruder",
            .sender_incarnation = 1};
  }

  // `reason`: the counter of those that are told apart by it.
  void expect_counted_and_without_effect(uint64_t count, const __u64 buddyring_report::*reason = nullptr) {
    EXPECT_TRUE(
        lab::wait_until([&] { return pool["s1"].report().replaces_refused >= refused_before_ + count; }, patience))
        << pool["s1"].report().replaces_refused - refused_before_ << " counted, not " << count;
    if (reason != nullptr) {
      EXPECT_GT(pool["s1"].report().*reason, 0U);
    }
    EXPECT_EQ(pool["s1"].own_list(), before_);
    EXPECT_EQ(pool.settle(all), "");
  }

 private:
  std::optional<lab::OwnList> before_;
  uint64_t refused_before_ = 0;
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
  Frame frame = encode(plausible());
  std::string bytes(frame.bytes.begin(), frame.bytes.begin() + frame.size);
  bytes[6] = '\x7f';  // the length of the body, big endian
  EXPECT_EQ(exchange(bytes + std::string(40'000, 'x')), "");
  expect_counted_and_without_effect(1, &buddyring_report::replaces_oversize);
}

TEST_F(BadMessage, WithBytesAfterItsEndIsClosed) {
  const Frame frame = encode(plausible());
  EXPECT_EQ(exchange(std::string(frame.bytes.begin(), frame.bytes.begin() + frame.size) + "more"), "");
  expect_counted_and_without_effect(1, &buddyring_report::replaces_malformed);
}

TEST_F(BadMessage, WhoseOtherHalfNeverComesIsClosed) {
  const Frame frame = encode(plausible());
  EXPECT_EQ(exchange({frame.bytes.begin(), frame.bytes.begin() + frame.size / 2}), "");
  expect_counted_and_without_effect(1, &buddyring_report::replaces_timed_out);
}

TEST_F(BadMessage, OfAnotherVersionIsTold) {
  Frame frame = encode(plausible());
  frame.bytes[4] = 9;
  EXPECT_NE(exchange({frame.bytes.begin(), frame.bytes.begin() + frame.size}), "");
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
  std::vector<Fd> silent;
  for (size_t i = 0; i < limits::replace_connections_max + 8; ++i) {
    silent.push_back(connect());
  }
  for (const auto& connection : silent) {
    EXPECT_EQ(lab::receive_to_close(connection), "");
  }
  expect_counted_and_without_effect(silent.size(), &buddyring_report::replaces_too_many);
  EXPECT_EQ(exchange("after the crowd"), "");
  pool.add("s4");
  all.insert("s4");
  EXPECT_EQ(pool.settle(all), "") << "honest messages are no longer taken";
}

}  // namespace
}  // namespace buddyring::e2e

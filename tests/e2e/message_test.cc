// SPDX-License-Identifier: Apache-2.0
#include "message_test.h"

#include <sys/socket.h>

#include <cstdlib>

#include "tests/lab/http.h"
#include "tests/lab/sandbox.h"
#include "tests/lab/wait.h"

namespace buddyring::e2e {
namespace {

constexpr auto patience = std::chrono::milliseconds{10'000};

std::string key_of_digit(char digit) { return std::string(2 * limits::pool_key_bytes, digit); }

}  // namespace

const std::string key_1 = "1 sign " + key_of_digit('1') + "\n";
const std::string key_2 = "2 sign " + key_of_digit('2') + "\n";
const std::string strange_key_1 = "1 sign " + key_of_digit('f') + "\n";

std::string key_file(const std::string& text) {
  std::string path = SharedLab::get().directory() + "/keys-XXXXXX";
  const Fd file{::mkstemp(path.data())};
  EXPECT_TRUE(file.valid());
  lab::write_file(path, text);
  return path;
}

std::string text_of(const Frame& frame) { return {frame.view().begin(), frame.view().end()}; }

void MessageTest::note_what_must_stay() {
  list_before_ = pool["s1"].own_list();
  report_before_ = pool["s1"].report();
  ASSERT_TRUE(list_before_);
}

Fd MessageTest::connect() {
  const Endpoint port{.address = Address::parse(pool["s1"].address()).value(), .port = lab::default_replace_port};
  Fd connection = lab::connect_from(SharedLab::get().client(), port, patience);
  EXPECT_TRUE(connection.valid());
  return connection;
}

std::string MessageTest::exchange(const std::string& bytes, Ending ending) {
  const Fd connection = connect();
  lab::send_all(connection, bytes);
  if (ending == Ending::closed) {
    EXPECT_EQ(::shutdown(connection.get(), SHUT_WR), 0);
  }
  const auto answer = lab::receive_to_close(connection);
  EXPECT_TRUE(answer) << "the connection was not closed";
  return answer.value_or("");
}

ReplaceAck MessageTest::send(const RingMessage& message, const std::string& keys) {
  const PoolKeys ours = keys.empty() ? PoolKeys::unsigned_only() : PoolKeys::read(key_file(keys));
  Frame question = encode(message);
  ours.seal(question);
  const std::string answer = exchange(text_of(question));
  const std::span<const uint8_t> bytes{reinterpret_cast<const uint8_t*>(answer.data()), answer.size()};
  EXPECT_EQ(ours.open_answer(bytes, question.view()), Seal::good);
  const auto decoded = decode_acknowledgement(bytes);
  EXPECT_TRUE(std::holds_alternative<ReplaceAck>(decoded)) << answer.size() << " bytes came back";
  return std::holds_alternative<ReplaceAck>(decoded) ? std::get<ReplaceAck>(decoded) : ReplaceAck{};
}

Frame MessageTest::sealed(const RingMessage& message, const std::string& keys) {
  Frame frame = encode(message);
  PoolKeys::read(key_file(keys)).seal(frame);
  return frame;
}

ReplaceMessage MessageTest::plausible() const {
  return {.pool = pool.name(),
          .receiver = "s1",
          .receiver_epoch = list_before_->epoch + 1,
          .server_to_replace = list_before_->a,
          .replacement = {.name = "intruder",
                          .address = Address::parse("10.77.200.9").value(),
                          .replace_port = 1,
                          .incarnation = 1},
          .sender = "intruder",
          .sender_incarnation = 1};
}

ExpectMessage MessageTest::plausible_expect() const {
  return {.pool = pool.name(), .receiver = "s1", .newcomer = plausible().replacement};
}

void MessageTest::expect_counted_and_without_effect(uint64_t count, const __u64 buddyring_report::*reason) {
  const auto risen = [&](const __u64 buddyring_report::*counter) {
    return pool["s1"].report().*counter - report_before_.*counter;
  };
  const auto counted = reason != nullptr ? reason : &buddyring_report::replaces_refused;
  EXPECT_TRUE(lab::wait_until([&] { return risen(counted) >= count; }, patience))
      << risen(counted) << " counted, not " << count;
  EXPECT_GE(risen(&buddyring_report::replaces_refused), count) << "refused for whatever reason";
  EXPECT_EQ(risen(&buddyring_report::replaces_applied), 0U);
  EXPECT_EQ(pool["s1"].own_list(), list_before_);
  EXPECT_EQ(pool.settle(all), "");
  EXPECT_EQ(pool["s1"].own_list(), list_before_);
}

}  // namespace buddyring::e2e
